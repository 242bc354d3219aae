using System.Text.Json.Nodes;

namespace Orchestrator.Specification.Nodes;

/// <summary>Nodes as JSON with one spelling for every number: whole numbers without a point, others shortest.</summary>
internal static class NodeJson
{
    public static JsonNode? From(Node node) => node switch
    {
        MappingNode mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key, From(entry.Value)))),
        SequenceNode sequence => new JsonArray([.. sequence.Items.Select(From)]),
        ScalarNode { Kind: ScalarKind.Number } scalar => Number(scalar),
        ScalarNode { Kind: ScalarKind.Boolean } scalar => JsonValue.Create(scalar.Text == "true"),
        ScalarNode { Kind: ScalarKind.String } scalar => JsonValue.Create(scalar.Text),
        _ => null,
    };

    private static JsonValue Number(ScalarNode scalar)
    {
        if (ScalarNumbers.TryInteger(scalar, out var whole) && whole >= long.MinValue && whole <= ulong.MaxValue)
        {
            return whole < 0 ? JsonValue.Create((long)whole) : JsonValue.Create((ulong)whole);
        }
        return ScalarNumbers.TryFinite(scalar, out var number) ? JsonValue.Create(number) : JsonValue.Create(scalar.Text);
    }
}
