import Foundation

/// nginx on loopback with pages of known size, as they are or different at each request, so that the other side costs
/// us nothing.
final class PageServer {
    private let process = Process()
    let port: Int

    /// Writes pages and configuration into `folder` and starts nginx there; returns when it listens.
    init(in folder: URL) throws {
        port = 20_000 + Int(getpid()) % 20_000
        for kilobytes in [5, 50] {
            let page = SamplePage.html(kilobytes: kilobytes)
            try page.write(to: folder.appending(path: "page-\(kilobytes).html"), atomically: true, encoding: .utf8)
        }
        let configuration = """
            daemon off; pid \(folder.path)/nginx.pid; error_log \(folder.path)/error.log; worker_processes 1;
            events { worker_connections 1024; }
            http {
              access_log off; etag off; client_body_temp_path \(folder.path)/b; proxy_temp_path \(folder.path)/p;
              fastcgi_temp_path \(folder.path)/f; uwsgi_temp_path \(folder.path)/u; scgi_temp_path \(folder.path)/s;
              types { text/html html; } default_type text/html; charset utf-8; keepalive_requests 1000000;
              server {
                listen 127.0.0.1:\(port); root \(folder.path);
                location /same/ { alias \(folder.path)/; if_modified_since off; add_header Last-Modified ""; }
                location /new/ { alias \(folder.path)/; if_modified_since off; add_header Last-Modified "";
                  sub_filter_once on; sub_filter 'CHANGING' $request_id; }
                location = /served { stub_status; }
              }
            }
            """
        let file = folder.appending(path: "nginx.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: "/usr/sbin/nginx")
        process.arguments = ["-c", file.path, "-e", folder.path + "/error.log"]
        try process.run()
        waitUntilListening()
    }

    private func waitUntilListening() {
        for _ in 0..<200 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let connected = withUnsafePointer(to: &address) { pointer in
                // Safety: the pointer is to a whole sockaddr_in that lives until connect returns.
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if connected == 0 { return }
            usleep(20_000)
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// Says how many requests it has had, as the last number of its third line (ngx_http_stub_status_module).
    var countAddress: String { "http://127.0.0.1:\(port)/served" }

    func address(_ kilobytes: Int, changing: Bool, number: Int) -> String {
        "http://127.0.0.1:\(port)/\(changing ? "new" : "same")/page-\(kilobytes).html?watch=\(number)"
    }
}

/// An HTML page like those people watch: navigation, paragraphs with links, a table, scripts; one place in it changes.
enum SamplePage {
    static func html(kilobytes: Int) -> String {
        var page = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sample page</title>
            <style>body { margin: 0 } .price { color: red }</style><script>var tracking = "x < y && z";</script></head><body>
            <nav><ul><li><a href="/">Home</a><li><a href="/news">News</a><li><a href="/about">About us</a></ul></nav>
            <main id="content"><h1>Sample page</h1><p class="price">Now: CHANGING</p>
            """
        var number = 0
        while page.utf8.count < kilobytes * 1024 - 200 {
            number += 1
            page += """
                <article class="entry"><h2>Entry number \(number)</h2><p>Some words about <a href="/entry/\(number)">entry \(number)</a>
                &mdash; with an <b>emphasis</b>, a price of &euro;&nbsp;\(number * 7 % 1000).99 and a few more words to read.</p>
                <table><tr><th>Colour</th><td>Blue</td></tr><tr><th>Weight</th><td>\(number % 90) kg</td></tr></table></article>

                """
        }
        return page + "</main><footer>All rights reserved.</footer></body></html>"
    }
}
