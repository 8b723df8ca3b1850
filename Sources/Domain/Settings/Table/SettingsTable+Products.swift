extension SettingsTable {
    /// When a change of stock or price counts. A tag that says so decides for its watches (`overrides_watch`).
    static let restock: [Setting<WatchSettings>] = [
        Setting(
            "in_stock_processing", \.restock.stock, .choice(stock), on: [.watch, .tag], in: .restock,
            label: "Restock detection",
            help: "Read from the page's structured data: JSON-LD, microdata or OpenGraph."),
        Setting(
            "follow_price_changes", \.restock.followsPrice, .flag, on: [.watch, .tag], in: .restock, standsAlone: true,
            label: "Follow price changes",
            help: "Within the limits below."),
        Setting(
            "price_change_min", \.restock.priceMinimum, .optional(.number(0...1e15, unit: "")), on: [.watch, .tag],
            in: .restock, label: "Below price to trigger a change",
            help: "Prices between this and the upper limit are not reported."),
        Setting(
            "price_change_max", \.restock.priceMaximum, .optional(.number(0...1e15, unit: "")), on: [.watch, .tag],
            in: .restock, label: "Above price to trigger a change",
            help: "Prices between the lower limit and this are not reported."),
        Setting(
            "price_change_threshold_percent", \.restock.thresholdPercent, .optional(.number(0...100, unit: "%")),
            on: [.watch, .tag], in: .restock, standsAlone: true, label: "Threshold in % for price changes",
            help: "Smaller changes since the last reported price are ignored. Empty: every change counts."),
        Setting(
            "track_ldjson_price_data", \.priceData, .priceData(priceData), label: "Track price data",
            help: "Follows restock and price when the page has structured price data."),
    ]

    /// When a difference between two pictures counts.
    static let image: [Setting<WatchSettings>] = [
        Setting(
            "min_change_percentage", \.image.minimumPercent, .number(0...100, unit: "%"), in: .image,
            label: "Minimum change in %",
            help: "More than this share of the compared pixels must differ."),
        Setting(
            "pixel_difference_threshold_sensitivity", \.image.sensitivity, .level(0...255, sensitivity), in: .image,
            label: "Sensitivity", help: "How much a pixel's colour must change, after a slight blur that hides noise."),
        Setting(
            "bounding_box", \.image.box, .box, in: .image, label: "Area to compare",
            help: "Left, top, width and height in pixels. Empty: the whole image.", example: "0,120,800,600"),
    ]

    private static let stock = [
        SettingOption("in_stock_only", "Only when back in stock"),
        SettingOption("all_changes", "Any availability change"), SettingOption("off", "Off"),
    ]

    private static let priceData = [
        SettingOption("", "Ask when a page has some"), SettingOption("accepted", "Yes"),
        SettingOption("rejected", "No"),
    ]

    private static let sensitivity = [
        SettingOption("0", "Very high: any change of a colour"), SettingOption("20", "High: small changes"),
        SettingOption("80", "Medium: moderate changes"), SettingOption("200", "Low: only major changes"),
    ]
}
