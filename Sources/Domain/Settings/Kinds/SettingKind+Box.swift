extension SettingKind where Value == PixelBox? {
    /// `x,y,width,height` in pixels; empty for the whole picture.
    static var box: SettingKind {
        SettingKind(
            shape: .box, json: { $0.map { .string($0.description) } ?? .null },
            fromJSON: { value, field throws(FieldError) in
                let text = try SettingJSON.string(value, field)
                guard !text.isEmpty else { return nil }
                guard let box = PixelBox(text) else {
                    throw FieldError(field, "must be x,y,width,height in pixels, for example 0,120,800,600")
                }
                return box
            },
            formTexts: { $0.map { [("", $0.description)] } ?? [] },
            fromForm: { form, name in
                let text = form.word(name)
                let box = PixelBox(text)
                if !text.isEmpty, box == nil {
                    form.note(name, "Must be left, top, width and height in pixels, for example 0,120,800,600")
                }
                return box
            },
            words: { $0?.description ?? "" })
    }
}

extension SettingKind where Value == PriceDataWish? {
    /// The incumbent's pages write the words, its specification says true, false or null.
    static func priceData(_ options: [SettingOption]) -> SettingKind {
        SettingKind(
            shape: .choice(options), json: { $0.map { .string($0.rawValue) } ?? .null },
            fromJSON: { value, field throws(FieldError) in
                switch value {
                case .string(""): return nil
                case .bool(let isWanted): return isWanted ? .accepted : .rejected
                case .string(let word):
                    if let wish = PriceDataWish(rawValue: word) { return wish }
                default: break
                }
                throw FieldError(field, "must be accepted, rejected, true, false or null")
            },
            formTexts: { [("", $0?.rawValue ?? "")] },
            fromForm: { form, name in
                let choices = PriceDataWish.allCases.map { ($0.rawValue, $0) }
                return form.oneOf(name, Dictionary(uniqueKeysWithValues: choices))
            },
            words: { wish in options.first { $0.value == wish?.rawValue ?? "" }?.title ?? "" })
    }
}
