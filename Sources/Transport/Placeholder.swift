import Hummingbird
import HummingbirdHTTP2
import NIOWebSocket
enum P {}
