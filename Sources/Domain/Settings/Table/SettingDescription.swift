/// What there is to know of a setting without its type: its names, what it takes, where it exists, and the words for
/// people.
public struct SettingDescription: Hashable, Sendable {
    /// In the API, in forms and where it is stored: changedetection.io's where it has one.
    public internal(set) var name: String
    public let shape: SettingShape
    public let levels: Set<SettingLevel>
    public let combination: SettingCombination
    public let effect: SettingEffect
    /// Never shown, logged or told whole.
    public let isSecret: Bool
    /// The object that holds it in the API and where it is stored.
    public let part: SettingPart?
    /// It may stand beside `part` too, as older programs write it.
    public let standsAlone: Bool
    /// What a form calls it.
    public let label: String
    /// One or two sentences below the field.
    public let help: String
    /// What an empty field shows as an example.
    public let example: String

    /// How errors name it: inside of its part, if it has one.
    public var path: String { part.map { "\($0.rawValue).\(name)" } ?? name }

    init(
        _ name: String, _ shape: SettingShape, levels: Set<SettingLevel>, combination: SettingCombination = .own,
        effect: SettingEffect, isSecret: Bool = false, part: SettingPart? = nil, standsAlone: Bool = false,
        label: String, help: String = "", example: String = ""
    ) {
        self.name = name
        self.shape = shape
        self.levels = levels
        self.combination = combination
        self.effect = effect
        self.isSecret = isSecret
        self.part = part
        self.standsAlone = standsAlone
        self.label = label
        self.help = help
        self.example = example
    }
}
