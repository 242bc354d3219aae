using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Specification;

namespace Orchestrator.Storage.Catalogue;

/// <summary>Stored sweep documents.</summary>
public static class SweepDocuments
{
    /// <summary>Reads a document that was validated before it was stored. Throws if it is not valid any more.</summary>
    public static Sweep Read(string document)
    {
        var reading = Sweep.Parse(JsonNode.Parse(document)!.AsObject());
        return reading.Value ?? throw new StorageException($"a stored sweep is not valid under this version: {reading.Message}");
    }

    /// <summary>A stored sweep with measures added to its list. Its id stays what it was when the sweep was submitted.</summary>
    public static (Sweep Sweep, string Document) WithMeasures(string document, IReadOnlyCollection<Measure> more)
    {
        var tree = JsonNode.Parse(document)!.AsObject();
        tree["measure"] = JsonSerializer.SerializeToNode(Read(document).Measures.Union(more).Order(), Json.Options);
        var longer = tree.ToJsonString(Json.Options);
        return (Read(longer), longer);
    }

    /// <summary>What a document of the same sweep asks for beyond its identity that the stored one has otherwise.</summary>
    public static IReadOnlyList<KeptSetting> Differences(string stored, string asked)
    {
        var (kept, wished) = (JsonNode.Parse(stored)!.AsObject(), JsonNode.Parse(asked)!.AsObject());
        return
        [
            .. kept.Concat(wished).Select(setting => setting.Key).Distinct()
                .Where(key => key != "measure" && !JsonNode.DeepEquals(kept[key], wished[key])) // measures are in the identity, and may have been added since
                .Select(key => new KeptSetting(key, kept[key]?.ToJsonString(Json.Options), wished[key]?.ToJsonString(Json.Options))),
        ];
    }

    /// <summary>Content hashes of every text file that a document names.</summary>
    public static IReadOnlySet<string> TextHashes(JsonNode? document) =>
        Json.Objects(document).Select(tree => tree["sha256"]).OfType<JsonValue>().Select(hash => hash.GetValue<string>()).ToHashSet();
}
