using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Orchestrator.Storage.Backends;

/// <summary>How values are spelled in columns: the same in both back ends, readable, and in an order that sorts.</summary>
internal static class Stored
{
    private const char Replacement = '\uFFFD';

    /// <summary>Text that any database can hold: neither back end keeps U+0000 or half a surrogate pair, so both become U+FFFD.</summary>
    public static string? Text(string? value)
    {
        if (value is null || value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 && !value.Contains('\0'))
        {
            return value;
        }
        var clean = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())   // a lone surrogate is enumerated as U+FFFD
        {
            clean.Append(rune.Value == 0 ? Replacement.ToString() : rune.ToString());
        }
        return clean.ToString();
    }

    /// <summary>What is not a number is undefined, and undefined is null (SQLite would make it so, PostgreSQL would not).</summary>
    public static double? Number(double? value) => value is { } number && double.IsNaN(number) ? null : value;

    /// <summary>A document in the project's dialect; null is SQL's null.</summary>
    public static string? Json<T>(T? value) where T : class => value is null ? null : JsonSerializer.Serialize(value, Contracts.Json.Options);

    public static T? Document<T>(string? json) where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, Contracts.Json.Options);

    /// <summary>ISO 8601 in UTC with all seven digits, so that text order is time order and nothing is rounded.</summary>
    public static string? Time(DateTimeOffset? value) => value?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    public static DateTimeOffset Time(string value) => DateTimeOffset.ParseExact(value, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static DateTimeOffset? TimeOrNull(string? value) => value is null ? null : Time(value);

    /// <summary>A member as JSON spells it.</summary>
    public static string Name<TEnum>(TEnum value) where TEnum : struct, Enum =>
        Names<TEnum>.Of.TryGetValue(value, out var name) ? name : throw new UnstorableException($"{value} is no {typeof(TEnum).Name} that this program knows");

    public static TEnum Member<TEnum>(string name) where TEnum : struct, Enum =>
        MemberOrNull<TEnum>(name) ?? throw new StorageException(Unknown<TEnum>(name));

    public static TEnum? MemberOrNull<TEnum>(string name) where TEnum : struct, Enum => Names<TEnum>.Back.TryGetValue(name, out var value) ? value : null;

    /// <summary>Why a name has no member.</summary>
    public static string Unknown<TEnum>(string name) where TEnum : struct, Enum =>
        $"the database holds '{name}' where a {typeof(TEnum).Name} belongs: it was written by another version of this program";

    private static class Names<TEnum> where TEnum : struct, Enum
    {
        public static readonly Dictionary<TEnum, string> Of =
            Enum.GetValues<TEnum>().ToDictionary(v => v, v => JsonSerializer.SerializeToElement(v, Contracts.Json.Options).GetString()!);

        public static readonly Dictionary<string, TEnum> Back = Of.ToDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    }
}
