using System.Text.Json;

namespace Orchestrator.Grains;

/// <summary>A JSON value between silos: grid values of a sweep are whatever its file holds.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.json-element")]
internal readonly record struct JsonElementSurrogate([property: Id(0)] string? Text);

/// <inheritdoc/>
[RegisterConverter]
internal sealed class JsonElementConverter : IConverter<JsonElement, JsonElementSurrogate>
{
    /// <inheritdoc/>
    public JsonElement ConvertFromSurrogate(in JsonElementSurrogate surrogate) =>
        surrogate.Text is null ? default : JsonElement.Parse(surrogate.Text);

    /// <inheritdoc/>
    public JsonElementSurrogate ConvertToSurrogate(in JsonElement value) => new(value.ValueKind == JsonValueKind.Undefined ? null : value.GetRawText());
}
