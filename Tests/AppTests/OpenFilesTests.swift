import Foundation
import Testing

@testable import App

@Suite("Open files")
struct OpenFilesTests {
    @Test("no program that is started later gets one of those that are open")
    func keptFromPrograms() throws {
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(fcntl(file, F_GETFD) & FD_CLOEXEC == 0)
        OpenFiles.keepFromPrograms()
        #expect(fcntl(file, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(STDOUT_FILENO, F_GETFD) & FD_CLOEXEC == 0)
    }
}
