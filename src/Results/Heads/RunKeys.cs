using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Results.Heads;

/// <summary>What a run or a head can be grouped by: <c>layer</c>, <c>role</c>, ranks, <c>head</c>, <c>seed</c>, and every single value of the configuration by its path.</summary>
internal static class RunKeys
{
    private const int FewestCharacters = 4;

    /// <summary>The values of the keys, in their order. <c>model.layers</c> and <c>model_layers</c> mean the same.</summary>
    /// <param name="run">The run.</param>
    /// <param name="head">The head's flat number.</param>
    /// <param name="keys">What to group by.</param>
    /// <param name="snapshot">What depends on its snapshot; null if there is none, and then role and rank are null.</param>
    public static IReadOnlyDictionary<string, JsonElement> Read(RunConfiguration run, int head, IReadOnlyList<string> keys, HeadKeys? snapshot)
    {
        var values = new Lazy<(string Path, JsonNode? Value)[]>(() => [.. Values(JsonSerializer.SerializeToNode(run, Json.Options)!.AsObject(), "")]);
        return keys.ToDictionary(key => key, key => key switch
        {
            "layer" => JsonSerializer.SerializeToElement(head / run.Model.HeadsPerLayer),
            "head" => JsonSerializer.SerializeToElement(head % run.Model.HeadsPerLayer),
            "role" => JsonSerializer.SerializeToElement(snapshot?.Role(head)),
            _ when GroupKeys.Rank(key) is var (metric, inLayer) => JsonSerializer.SerializeToElement(snapshot?.Rank(head, metric, inLayer)),
            _ => values.Value.FirstOrDefault(v => Same(v.Path, key)).Value is { } value
                ? JsonSerializer.SerializeToElement(value)
                : throw new HeadQueryException($"'{key}' is nothing to group by: use layer, role, rank(METRIC), rank(METRIC, layer), head, or one of {string.Join(", ", values.Value.Where(v => v.Value is not JsonArray).Select(v => v.Path))}."),
        });
    }

    /// <summary>Every single value of a configuration by its path, as an expression sees it.</summary>
    public static IReadOnlyDictionary<string, object?> Flat(RunConfiguration run)
    {
        var flat = new Dictionary<string, object?>();
        foreach (var (path, value) in Values(JsonSerializer.SerializeToNode(run, Json.Options)!.AsObject(), "").Where(entry => entry.Value is not JsonArray))
        {
            flat[path] = flat[path.Replace('.', '_')] = value?.GetValueKind() switch
            {
                JsonValueKind.Number => Number(value),
                JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
                JsonValueKind.String => value.GetValue<string>(),
                _ => null,
            };
        }
        return flat;
    }

    /// <summary>A run's id as an expression sees it: tables show the beginning of an id, and that is what is compared with it.</summary>
    public static string Id(string runId, IReadOnlyList<string> texts) =>
        texts.FirstOrDefault(text => text.Length >= FewestCharacters && runId.StartsWith(text, StringComparison.Ordinal)) ?? runId;

    private static object Number(JsonNode value) => Int128.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
        ? whole
        : value.GetValue<double>();

    private static bool Same(string path, string key) => path == key || path.Replace('.', '_') == key;

    private static IEnumerable<(string Path, JsonNode? Value)> Values(JsonObject tree, string prefix) => tree.SelectMany(member => member.Value switch
    {
        JsonObject inner => Values(inner, prefix + member.Key + "."),
        JsonArray list => Values(list, prefix + member.Key),
        _ => [(prefix + member.Key, member.Value)],
    });

    /// <summary>A list as a whole, and what its entries hold by their numbers: axes can vary either (<c>train.betas</c>, <c>data.parts.0.weight</c>).</summary>
    private static IEnumerable<(string Path, JsonNode? Value)> Values(JsonArray list, string path) =>
        list.SelectMany((entry, i) => entry is JsonObject inner ? Values(inner, string.Create(CultureInfo.InvariantCulture, $"{path}.{i}.")) : []).Prepend((path, list));
}
