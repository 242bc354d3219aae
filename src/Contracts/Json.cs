using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Orchestrator.Contracts;

/// <summary>The one JSON dialect of the project: snake_case names and enum members, nulls written, unknown members refused on demand.</summary>
public static class Json
{
    /// <summary>Options for everything that is read or written as JSON: HTTP, bus, stored state, configuration files.</summary>
    public static JsonSerializerOptions Options { get; } = Create(indented: false);

    /// <summary>The same dialect for a person's eyes.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>A member of an enumeration as the dialect spells it.</summary>
    public static string Name<T>(T member) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString());

    /// <summary>Every object in a document, outer ones first.</summary>
    public static IEnumerable<JsonObject> Objects(JsonNode? document) => document switch
    {
        JsonArray array => array.SelectMany(Objects),
        JsonObject tree => tree.Select(member => member.Value).SelectMany(Objects).Prepend(tree),
        _ => [],
    };

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions { WriteIndented = indented };
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Applies the dialect to options that a framework owns.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.AllowOutOfOrderMetadataProperties = true;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }
}
