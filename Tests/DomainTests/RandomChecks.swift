import Domain
import Foundation

/// Jobs and outcomes by chance, with everything that they may carry there or not.
struct RandomChecks<Generator: RandomNumberGenerator> {
    var random: Generator

    private mutating func maybe<Value>(_ value: (inout Self) -> Value) -> Value? {
        Bool.random(using: &random) ? value(&self) : nil
    }

    private mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func text() -> String {
        let letters = ["a", "é", "\u{0}", "\n", "\"", "𝄞", "{{ 1 }}", "\u{FEFF}", "<", " "]
        return (0..<Int.random(in: 0...12, using: &random)).map { _ in letters.randomElement(using: &random)! }.joined()
    }

    private mutating func number() -> Int { Int.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random) }

    private mutating func real() -> Double {
        let numbers = [
            0, -0.1, 1e300, Double.leastNonzeroMagnitude, .infinity, Double.random(in: -1e6...1e6, using: &random),
        ]
        return numbers.randomElement(using: &random)!
    }

    private mutating func date() -> Date {
        Date(timeIntervalSince1970: Double.random(in: -1e9...5e9, using: &random))
    }

    private mutating func checksum() -> Checksum { Checksum(bytes: bytes()) }

    private mutating func picture() -> Picture {
        Picture(mediaType: text(), width: number(), height: number(), bytes: bytes())
    }

    private mutating func offer() -> Offer {
        Offer(
            isInStock: maybe { Bool.random(using: &$0.random) }, price: maybe { $0.real() },
            currency: maybe { $0.text() }, availability: maybe { $0.text() })
    }

    private mutating func previous() -> PreviousCheck {
        var previous = PreviousCheck(
            etag: maybe { $0.text() }, lastModified: maybe { $0.text() }, pageChecksum: maybe { $0.checksum() },
            textChecksum: maybe { $0.checksum() })
        previous.lastText = maybe { $0.bytes() }
        previous.snapshotText = maybe { $0.bytes() }
        previous.offerTold = maybe { $0.offer() }
        previous.offerSeen = maybe { $0.offer() }
        previous.picture = maybe { $0.picture() }
        return previous
    }

    private mutating func watchSettings() -> WatchSettings {
        var settings = WatchSettings()
        settings.method = text()
        settings.headers = Dictionary(uniqueKeysWithValues: (0..<3).map { ("X-\($0)", text()) })
        settings.body = maybe { $0.text() }
        settings.rules.ignoreText = [text(), text()]
        settings.processor = ProcessorKind.allCases.randomElement(using: &random)!
        settings.restock.priceMaximum = maybe { $0.real() }
        settings.historyLimit = maybe { $0.number() }
        settings.image.box = maybe { _ in PixelBox(x: 1, y: 2, width: 3, height: 4) }
        return settings
    }

    private mutating func settings() -> Settings {
        var settings = Settings()
        settings.jitterSeconds = number()
        settings.ignoreText = [text()]
        settings.emptyPagesAreAChange = Bool.random(using: &random)
        settings.historyLimit = maybe { $0.number() }
        return settings
    }

    mutating func job() -> CheckJob {
        CheckJob(
            watch: WatchID(), url: text(), revision: Int64.random(in: 1 ... .max, using: &random), moment: date(),
            kind: FetcherKind(rawValue: text()), settings: watchSettings(), shared: settings(), previous: previous(),
            consecutiveFailures: number(), nextDue: maybe { $0.date() })
    }

    private mutating func step() -> TraceStep {
        TraceStep(
            TraceStep.Kind.allCases.randomElement(using: &random)!, linesBefore: number(), linesAfter: number(),
            microseconds: number(), note: maybe { $0.text() },
            rules: [
                TraceRule(
                    text(), matches: number(), line: maybe { $0.number() }, sample: maybe { $0.text() },
                    holds: maybe { Bool.random(using: &$0.random) })
            ], rulesLeftOut: number(), stops: Bool.random(using: &random))
    }

    private mutating func verdict() -> Verdict {
        let decisions: [Verdict.Decision] = [.sameBytes, .sameText, .changed(text: bytes()), .blocked(text: bytes())]
        var verdict = Verdict(
            decision: decisions.randomElement(using: &random)!, pageChecksum: checksum(),
            textChecksum: maybe { $0.checksum() }, title: maybe { $0.text() })
        verdict.lastText = maybe { $0.bytes() }
        verdict.wantsUniqueLines = Bool.random(using: &random)
        verdict.ignoresWhitespace = Bool.random(using: &random)
        verdict.offer = maybe { $0.offer() }
        verdict.picture = maybe { $0.picture() }
        verdict.hasPriceData = maybe { Bool.random(using: &$0.random) }
        return verdict
    }

    mutating func outcome() -> CheckOutcome {
        let failure = CheckFailure(CheckFailure.Code.allCases.randomElement(using: &random)!, maybe { $0.text() })
        let results: [CheckOutcome.Result] = [.notModified, .failed(failure), .verdict(verdict()), .verdict(verdict())]
        var outcome = CheckOutcome(
            watch: WatchID(), revision: Int64.random(in: 1 ... .max, using: &random), startedAt: date(),
            duration: .nanoseconds(Int64.random(in: 0...1_000_000_000_000, using: &random)),
            status: maybe { $0.number() }, byteCount: number(), contentType: maybe { $0.text() },
            etag: maybe { $0.text() }, lastModified: maybe { $0.text() }, retryAfter: maybe { $0.date() },
            result: results.randomElement(using: &random)!)
        outcome.body = maybe { $0.bytes() }
        outcome.trace = (0..<Int.random(in: 0...3, using: &random)).map { _ in step() }
        return outcome
    }
}
