import Actors
import HTTPTypes

extension Problem {
    init(_ error: FileError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .pathRefused: .badRequest
            case .fileForbidden: .forbidden
            case .fileNotFound: .notFound
            case .notAFile, .notADirectory, .directoryNotEmpty: .conflict
            case .fileExists: .preconditionFailed
            case .fileTooLarge, .quotaReached: .contentTooLarge
            case .storageFull: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
            case .fileUnavailable: .serviceUnavailable
            }
        self.init(status, error.code.rawValue, error.detail)
    }
}
