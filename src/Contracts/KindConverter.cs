using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Orchestrator.Contracts;

/// <summary>
/// Records of several kinds in one place, told apart by their member <c>kind</c>. One kind is written without it and read where
/// it is missing: it was there before there were others, and what was hashed or stored then must stay what it is.
/// </summary>
/// <param name="otherwise">The kind without a name.</param>
/// <param name="named">The others by name.</param>
internal abstract class KindConverter<T>(Type otherwise, params IReadOnlyList<(string Kind, Type Type)> named) : JsonConverter<T> where T : class
{
    private const string Member = "kind";

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (JsonNode.Parse(ref reader) is not JsonObject tree)
        {
            throw new JsonException($"a {typeof(T).Name} must be an object");
        }
        var kind = (string?)tree[Member];
        tree.Remove(Member);
        var type = kind is null ? otherwise : named.FirstOrDefault(known => known.Kind == kind).Type
            ?? throw new JsonException($"'{kind}' is no kind of {typeof(T).Name}: there are {string.Join(", ", named.Select(known => known.Kind))}, and the one without a name");
        return (T?)tree.Deserialize(type, options);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var type = value.GetType();
        if (type == otherwise)
        {
            JsonSerializer.Serialize(writer, value, type, options);
            return;
        }
        var tree = JsonSerializer.SerializeToNode(value, type, options)!.AsObject();
        tree.Insert(0, Member, named.First(known => known.Type == type).Kind);
        tree.WriteTo(writer, options);
    }
}
