extension OpenAPISource {
    static let files = #"""
        /v1/sessions/{id}/files:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: listFiles
            tags: [Files]
            scope: read
            summary: List or find files
            description: What lies in the directory that the session works in. Symbolic links are shown and not followed.
            parameters:
              - {name: path, in: query, description: A directory in it; nothing for the whole., schema: {type: string, default: ''}}
              - {name: find, in: query, description: 'A pattern: `*.swift` is about the name, `src/**/*.c` about the path.', schema: {type: string, minLength: 1, maxLength: 256}, example: '*.md'}
              - {name: recursive, in: query, description: 'Whether what is in its directories is listed too; by default only with `find`.', schema: {type: boolean}}
              - {name: limit, in: query, description: How many at most., schema: {type: integer, minimum: 1, maximum: 10000, default: 1000}}
            answers:
              '200': [FileList, The files.]
            errors: [path_refused, file_not_found, not_a_directory, file_forbidden, file_unavailable, workspace_refused]
          post:
            operationId: uploadFiles
            tags: [Files]
            scope: send
            summary: Upload files as a form
            description: >-
              Every part with a `filename` is a file; all of them get there, or none. The field `path`, which has to come
              before the files, or the query parameter says which directory they go to; it is made if it is missing.
            parameters:
              - {name: path, in: query, description: A directory in the workspace., schema: {type: string, default: ''}}
            requestBody:
              required: true
              content:
                multipart/form-data:
                  schema:
                    type: object
                    required: [file]
                    properties:
                      path: {type: string, description: A directory in the workspace.}
                      file: {type: string, format: binary}
            answers:
              '201': [UploadedFiles, The files as they are now.]
            errors:
              - invalid_multipart
              - path_refused
              - not_a_file
              - not_a_directory
              - file_not_found
              - file_forbidden
              - file_too_large
              - too_many_uploads
              - quota_reached
              - storage_full
              - file_unavailable
              - workspace_refused
        /v1/sessions/{id}/files/{path}:
          parameters:
            - {$ref: '#/components/parameters/SessionID'}
            - {name: path, in: path, required: true, description: 'A path in the workspace, with its slashes as they are.', schema: {type: string, minLength: 1, maxLength: 4095}, example: notes.md}
          get:
            operationId: downloadFile
            tags: [Files]
            scope: read
            summary: Download a file
            description: The file's bytes, always as an attachment. Understands `Range`, `If-Range` and `If-None-Match`.
            responses:
              '200':
                description: The file.
                content: {application/octet-stream: {schema: {type: string, format: binary}}}
              '206':
                description: The part that `Range` names.
                content: {application/octet-stream: {schema: {type: string, format: binary}}}
              '304': {description: It is as `If-None-Match` says.}
            errors:
              - path_refused
              - file_not_found
              - not_a_file
              - not_a_directory
              - file_forbidden
              - file_unavailable
              - range_not_satisfiable
              - workspace_refused
          put:
            operationId: putFile
            tags: [Files]
            scope: send
            summary: Upload one file
            description: >-
              The body becomes the file, which appears when it is whole. `If-None-Match: *` replaces none. Directories that
              are missing are made.
            requestBody:
              content: {application/octet-stream: {schema: {type: string, format: binary}}}
            answers:
              '200': [File, It replaced another.]
              '201': [File, It is new.]
            errors:
              - path_refused
              - not_a_file
              - not_a_directory
              - file_not_found
              - file_exists
              - file_forbidden
              - file_too_large
              - too_many_uploads
              - quota_reached
              - storage_full
              - file_unavailable
              - workspace_refused
          delete:
            operationId: deleteFile
            tags: [Files]
            scope: send
            summary: Delete a file
            description: A file, a link, or a directory.
            parameters:
              - {name: recursive, in: query, description: Whether a directory goes with what is in it., schema: {type: boolean, default: false}}
            responses:
              '204': {description: It is gone.}
            errors:
              - path_refused
              - file_not_found
              - not_a_directory
              - directory_not_empty
              - quota_reached
              - file_forbidden
              - file_unavailable
              - workspace_refused
        """#
}
