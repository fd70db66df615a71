import Actors
import ServiceLifecycle

/// Looks after the directory of templates: what changes there is in force some seconds later.
struct TemplateService: Service {
    private static let interval: Duration = .seconds(2)

    let shelf: TemplateShelf

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { self.shelf.reloadIfChanged() }
        }
    }
}
