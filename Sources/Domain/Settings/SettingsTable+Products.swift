extension SettingsTable {
    /// When a change of stock or price counts. A tag that says so decides for its watches (`overrides_watch`).
    static let restock: [Setting<WatchSettings>] = [
        Setting(
            "in_stock_processing", \.restock.stock, .choice(stock), on: [.watch, .tag], in: .restock,
            label: "Restock detection",
            help: "From what the page says for machines: JSON-LD, microdata or OpenGraph."),
        Setting(
            "follow_price_changes", \.restock.followsPrice, .flag, on: [.watch, .tag], in: .restock, standsAlone: true,
            label: "Follow price changes",
            help: "Within the limits below."),
        Setting(
            "price_change_min", \.restock.priceMinimum, .optional(.number(0...1e15, unit: "")), on: [.watch, .tag],
            in: .restock, label: "Below price to trigger a change",
            help: "Prices from here to the upper one are not reported."),
        Setting(
            "price_change_max", \.restock.priceMaximum, .optional(.number(0...1e15, unit: "")), on: [.watch, .tag],
            in: .restock, label: "Above price to trigger a change",
            help: "Prices up to here, from the lower one, are not reported."),
        Setting(
            "price_change_threshold_percent", \.restock.thresholdPercent, .optional(.number(0...100, unit: "%")),
            on: [.watch, .tag], in: .restock, standsAlone: true, label: "Threshold in percent for price changes",
            help: "Smaller moves since the price that was reported last do not count. Empty: every move does."),
        Setting(
            "track_ldjson_price_data", \.priceData, .priceData(priceData), label: "Follow the price in the page's data",
            help: "When the page gives one for machines."),
    ]

    /// When a difference between two pictures counts.
    static let image: [Setting<WatchSettings>] = [
        Setting(
            "min_change_percentage", \.image.minimumPercent, .number(0...100, unit: "%"), in: .image,
            label: "Minimum change in percent",
            help: "Of all pixels that are compared, more than so many have to differ."),
        Setting(
            "pixel_difference_threshold_sensitivity", \.image.sensitivity, .level(0...255, sensitivity), in: .image,
            label: "Sensitivity", help: "How much a pixel's colour has to move, after a blur that lets noise go."),
        Setting(
            "bounding_box", \.image.box, .box, in: .image, label: "Area to compare",
            help: "Left, top, width and height in pixels. Empty: the whole picture.", example: "0,120,800,600"),
    ]

    private static let stock = [
        SettingOption("in_stock_only", "Only when it is back in stock"),
        SettingOption("all_changes", "Any change of availability"), SettingOption("off", "Off"),
    ]

    private static let priceData = [
        SettingOption("", "Ask, when the page has one"), SettingOption("accepted", "Yes"),
        SettingOption("rejected", "No"),
    ]

    private static let sensitivity = [
        SettingOption("0", "Very high: any change of a colour"), SettingOption("20", "High: small changes"),
        SettingOption("80", "Medium: moderate changes"), SettingOption("200", "Low: only major changes"),
    ]
}
