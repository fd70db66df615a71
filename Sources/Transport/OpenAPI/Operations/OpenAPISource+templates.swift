extension OpenAPISource {
    static let templates = #"""
        /v1/templates:
          get:
            operationId: listTemplates
            tags: [Templates]
            scope: read
            summary: List templates
            description: Those that come with the program and those of the operator, by name.
            answers:
              '200': [TemplateList, The templates.]
        /v1/templates/{template}:
          parameters:
            - name: template
              in: path
              required: true
              description: The template's name.
              schema: {type: string, minLength: 1, maxLength: 64, pattern: '^[a-z0-9_-]{1,64}$'}
              example: code-reviewer
          get:
            operationId: getTemplate
            tags: [Templates]
            scope: read
            summary: Look at a template
            answers:
              '200': [Template, The template.]
            errors: [template_not_found]
        /v1/templates/reload:
          post:
            operationId: reloadTemplates
            tags: [Templates]
            scope: admin
            summary: Read the templates again
            description: What is broken is named, and what was in force under its name still is.
            requestBody:
              content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}
            answers:
              '200': [TemplatesReloaded, What changed.]
        """#

    static let templateSchemas = #"""
        Template:
          type: object
          required: [name, description, built_in, options]
          properties:
            name: {type: string}
            description: {type: string}
            built_in: {type: boolean}
            options: {type: object, description: Fields of `createSession`.}
        TemplateList:
          type: object
          required: [templates]
          properties:
            templates: {type: array, items: {$ref: '#/components/schemas/Template'}}
        TemplatesReloaded:
          type: object
          required: [count, names, added, changed, removed, broken]
          properties:
            count: {type: integer, minimum: 0}
            names: {type: array, items: {type: string}}
            added: {type: array, items: {type: string}}
            changed: {type: array, items: {type: string}}
            removed: {type: array, items: {type: string}}
            broken:
              type: array
              items:
                type: object
                required: [template, file, message]
                properties:
                  template: {type: string}
                  file: {type: string}
                  message: {type: string}
        """#
}
