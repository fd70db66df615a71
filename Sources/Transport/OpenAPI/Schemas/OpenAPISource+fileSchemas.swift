extension OpenAPISource {
    static let fileSchemas = #"""
        File:
          type: object
          required: [path, name, type, modified_at]
          properties:
            path: {type: string, description: In the workspace.}
            name: {type: string}
            type: {type: string, enum: [file, directory, symlink, other], description: '`other`: a device, a pipe or a socket.'}
            size: {type: integer, minimum: 0, description: Bytes of a file.}
            modified_at: {type: string, format: date-time}
            etag: {type: string, description: 'Of a file: differs when its content does.'}
        FileList:
          type: object
          required: [path, files, truncated]
          properties:
            path: {type: string, description: The directory that was looked at.}
            files: {type: array, items: {$ref: '#/components/schemas/File'}}
            truncated: {type: boolean, description: There is more than was asked for or one request may look at.}
        UploadedFiles:
          type: object
          required: [files]
          properties:
            files: {type: array, items: {$ref: '#/components/schemas/File'}}
        """#
}
