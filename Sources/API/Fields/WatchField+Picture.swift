import Domain
import Foundation

/// Pictures, and the prices that pages give for machines.
extension WatchField {
    static let pictures: [WatchField] = [
        WatchField(
            name: "processor_config_image_ssim_diff", read: { .object(image($0.settings.image)) },
            write: { watch, value throws(FieldError) in
                watch.settings.image = try image(value)
            }),
        WatchField(
            name: "track_ldjson_price_data", read: { $0.settings.priceData.map { .string($0.rawValue) } ?? .null },
            write: { watch, value throws(FieldError) in
                watch.settings.priceData = try priceData(value)
            }),
        WatchField(
            name: "has_ldjson_price_data", read: { $0.state.hasPriceData.map(JSONValue.bool) ?? .null }, write: nil),
    ]

    /// The incumbent's pages write the words, its specification says true, false or null.
    private static func priceData(_ value: JSONValue) throws(FieldError) -> PriceDataWish? {
        switch value {
        case .null, .string(""): return nil
        case .bool(let isWanted): return isWanted ? .accepted : .rejected
        case .string(let word):
            if let wish = PriceDataWish(rawValue: word) { return wish }
        default: break
        }
        throw FieldError("track_ldjson_price_data", "accepted, rejected, true, false or null is needed")
    }

    private static func image(_ settings: ImageSettings) -> [String: JSONValue] {
        [
            "min_change_percentage": .number(settings.minimumPercent),
            "pixel_difference_threshold_sensitivity": .integer(settings.sensitivity),
            "bounding_box": settings.box.map { .string($0.description) } ?? .null,
        ]
    }

    private static func image(_ value: JSONValue) throws(FieldError) -> ImageSettings {
        let whole = "processor_config_image_ssim_diff"
        var settings = ImageSettings()
        if value == .null { return settings }
        guard case .object(let parts) = value else { throw FieldError(whole, "an object is needed, not \(value.kind)") }
        for (part, value) in parts.sorted(by: { $0.key < $1.key }) {
            let name = "\(whole).\(part.prefix(60))"
            switch part {
            case "min_change_percentage":
                settings.minimumPercent = try number(value, name, 0...100) ?? settings.minimumPercent
            case "pixel_difference_threshold_sensitivity":
                settings.sensitivity = try sensitivity(value, name) ?? settings.sensitivity
            case "bounding_box":
                guard let text = try string(value, name), !text.isEmpty else { continue }
                guard let box = PixelBox(text) else {
                    throw FieldError(name, "x,y,width,height in pixels is needed, for example 0,120,800,600")
                }
                settings.box = box
            // How the box was drawn, which only the incumbent's own page wants to know.
            case "selection_mode": continue
            default: throw FieldError(name, "this is not a setting of the image processor")
            }
        }
        return settings
    }

    /// The incumbent keeps the number as a text, as its form sends it.
    private static func sensitivity(_ value: JSONValue, _ name: String) throws(FieldError) -> Int? {
        if case .string(let text) = value {
            if text.isEmpty { return nil }
            guard let number = Int(text) else { throw FieldError(name, "a whole number from 0 to 255 is needed") }
            return try integer(.integer(number), name, 0...255)
        }
        return try integer(value, name, 0...255)
    }
}
