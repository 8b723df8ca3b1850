/// Written with changedetection.io's field names and only what differs from a watch without wishes, so that a plain watch costs nothing to
/// store or read.
extension WatchSettings: Codable {
    enum CodingKeys: String, CodingKey {
        case method, headers, body
        case ignoreStatusCodes = "ignore_status_codes"
        case timeBetweenCheck = "time_between_check"
        case usesDefaultInterval = "time_between_check_use_default"
        case trimTextWhitespace = "trim_text_whitespace"
        case removeDuplicateLines = "remove_duplicate_lines"
        case sortTextAlphabetically = "sort_text_alphabetically"
        case stripIgnoredLines = "strip_ignored_lines"
        case countsAdded = "filter_text_added"
        case countsRemoved = "filter_text_removed"
        case countsReplaced = "filter_text_replaced"
        case wantsUniqueLines = "check_unique_lines"
        case conditions
        case conditionLogic = "conditions_match_logic"
        case historyLimit = "history_snapshot_max_length"
        case processor
        case restock = "processor_config_restock_diff"
        case image = "processor_config_image_ssim_diff"
        case priceData = "track_ldjson_price_data"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        rules = try TextRules(from: decoder)
        method = try box.decodeIfPresent(String.self, forKey: .method) ?? method
        headers = try box.decodeIfPresent([String: String].self, forKey: .headers) ?? headers
        body = try box.decodeIfPresent(String.self, forKey: .body)
        ignoreStatusCodes = try box.decodeIfPresent(Bool.self, forKey: .ignoreStatusCodes)
        timeBetweenCheck = try box.decodeIfPresent(CheckInterval.self, forKey: .timeBetweenCheck) ?? timeBetweenCheck
        usesDefaultInterval = try box.decodeIfPresent(Bool.self, forKey: .usesDefaultInterval) ?? usesDefaultInterval
        trimTextWhitespace = try box.decodeIfPresent(Bool.self, forKey: .trimTextWhitespace) ?? false
        removeDuplicateLines = try box.decodeIfPresent(Bool.self, forKey: .removeDuplicateLines) ?? false
        sortTextAlphabetically = try box.decodeIfPresent(Bool.self, forKey: .sortTextAlphabetically) ?? false
        stripIgnoredLines = try box.decodeIfPresent(Bool.self, forKey: .stripIgnoredLines)
        countsAdded = try box.decodeIfPresent(Bool.self, forKey: .countsAdded) ?? countsAdded
        countsRemoved = try box.decodeIfPresent(Bool.self, forKey: .countsRemoved) ?? countsRemoved
        countsReplaced = try box.decodeIfPresent(Bool.self, forKey: .countsReplaced) ?? countsReplaced
        wantsUniqueLines = try box.decodeIfPresent(Bool.self, forKey: .wantsUniqueLines) ?? wantsUniqueLines
        conditions = try box.decodeIfPresent([WatchCondition].self, forKey: .conditions) ?? conditions
        conditionLogic = try box.decodeIfPresent(ConditionLogic.self, forKey: .conditionLogic) ?? conditionLogic
        historyLimit = try box.decodeIfPresent(Int.self, forKey: .historyLimit)
        processor = try box.decodeIfPresent(ProcessorKind.self, forKey: .processor) ?? processor
        restock = try box.decodeIfPresent(RestockSettings.self, forKey: .restock) ?? restock
        image = try box.decodeIfPresent(ImageSettings.self, forKey: .image) ?? image
        priceData = try box.decodeIfPresent(PriceDataWish.self, forKey: .priceData)
    }

    public func encode(to encoder: any Encoder) throws {
        try rules.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        let plain = WatchSettings()
        func write<Value: Encodable & Equatable>(_ path: KeyPath<WatchSettings, Value>, _ key: CodingKeys) throws {
            if self[keyPath: path] != plain[keyPath: path] { try box.encode(self[keyPath: path], forKey: key) }
        }
        try write(\.method, .method)
        try write(\.headers, .headers)
        try write(\.body, .body)
        try write(\.ignoreStatusCodes, .ignoreStatusCodes)
        try write(\.timeBetweenCheck, .timeBetweenCheck)
        try write(\.usesDefaultInterval, .usesDefaultInterval)
        try write(\.trimTextWhitespace, .trimTextWhitespace)
        try write(\.removeDuplicateLines, .removeDuplicateLines)
        try write(\.sortTextAlphabetically, .sortTextAlphabetically)
        try write(\.stripIgnoredLines, .stripIgnoredLines)
        try write(\.countsAdded, .countsAdded)
        try write(\.countsRemoved, .countsRemoved)
        try write(\.countsReplaced, .countsReplaced)
        try write(\.wantsUniqueLines, .wantsUniqueLines)
        try write(\.conditions, .conditions)
        try write(\.conditionLogic, .conditionLogic)
        try write(\.historyLimit, .historyLimit)
        try write(\.processor, .processor)
        try write(\.restock, .restock)
        try write(\.image, .image)
        try write(\.priceData, .priceData)
    }
}
