using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Sections;

namespace Orchestrator.Specification.Identity;

/// <summary>
/// Writes a sweep back in the language it was read from, with every default spelled out and every value in its one spelling,
/// so that two files that mean the same give the same document.
/// </summary>
internal static class CanonicalDocument
{
    /// <param name="sweep">What was read.</param>
    /// <param name="first">The first point of the grid; its values stand where an axis will put its own.</param>
    /// <param name="headWidthIsGiven">Whether d_head is given rather than following from d_model and heads.</param>
    public static JsonObject Write(Sweep.Parts sweep, RunConfiguration first, bool headWidthIsGiven)
    {
        var model = JsonSerializer.SerializeToNode(first.Model, Json.Options)!.AsObject();
        if (!headWidthIsGiven)
        {
            model.Remove("d_head");
        }
        var document = new JsonObject
        {
            ["name"] = sweep.Name,
            ["model"] = model,
            ["data"] = Data(first.Data),
            ["train"] = JsonSerializer.SerializeToNode(first.Train, Json.Options),
            ["snapshots"] = Snapshots(sweep.Snapshots),
            ["measure"] = new JsonArray([.. sweep.Measures.Select(measure => JsonValue.Create(Contracts.Metrics.Measures.Name(measure)))]),
            ["seeds"] = sweep.Seeds.ToJson(),
            ["grid"] = new JsonObject(sweep.Grid.Axes.Select(axis => KeyValuePair.Create(axis.Path, (JsonNode?)new JsonArray([.. axis.Values.Select(NodeJson.From)])))),
            ["head_threshold"] = sweep.HeadThreshold,
            ["priority"] = sweep.Priority,
            [RetentionSection.Path] = RetentionSection.Write(sweep.Retention),
        };
        if (sweep.Budget is { } budget)
        {
            document["budget"] = Budget(budget);
        }
        if (!sweep.Requires.Empty)
        {
            document[RequirementsSection.Path] = RequirementsSection.Write(sweep.Requires);
        }
        return document;
    }

    private static JsonObject Data(TrainingData trained)
    {
        if (trained is not DataConfiguration data)
        {
            return JsonSerializer.SerializeToNode(trained, Json.Options)!.AsObject();
        }
        var json = new JsonObject { ["kind"] = DataSection.Mixture, ["vocab"] = data.Vocab, ["bos"] = data.Bos, ["seed"] = data.Seed };
        if (data.Parts is [{ Weight: 1.0 } only])
        {
            foreach (var (key, value) in Part(only).Where(member => member.Key != "weight").ToList())
            {
                json[key] = value?.DeepClone();
            }
            return json;
        }
        json["parts"] = new JsonArray([.. data.Parts.Select(Part)]);
        return json;
    }

    private static JsonObject Part(DataPart part) => part switch
    {
        RepeatedSegments p => new() { ["kind"] = DataPartSection.RepeatedSegments, ["weight"] = p.Weight, ["segment"] = new JsonArray(p.Shortest, p.Longest) },
        Language p => new() { ["kind"] = DataPartSection.Language, ["weight"] = p.Weight, ["successors"] = p.Successors, ["noise"] = p.Noise, ["skip_trigrams"] = p.SkipTrigrams, ["copied_spans"] = p.CopiedSpans },
        Markov p => new() { ["kind"] = DataPartSection.Markov, ["weight"] = p.Weight, ["states"] = p.States, ["concentration"] = p.Concentration },
        Text p => new()
        {
            ["kind"] = DataPartSection.Text,
            ["weight"] = p.Weight,
            ["files"] = JsonSerializer.SerializeToNode(p.Files, Json.Options),
            ["tokenizer"] = p.Tokenizer.Kind switch
            {
                TokenizerKind.Bytes => "bytes",
                TokenizerKind.Characters => "characters",
                _ => new JsonObject { ["words"] = p.Tokenizer.Size },
            },
            ["held_out"] = p.HeldOut,
        },
        _ => throw new InvalidOperationException($"the language has no words for {part.GetType().Name}"),
    };

    private static JsonObject Snapshots(SnapshotSchedule schedule) => schedule switch
    {
        { Every: { } every } => new() { ["every"] = every },
        { Log: { } count } => new() { ["log"] = count },
        _ => new() { ["at"] = new JsonArray([.. schedule.At!.Select(step => JsonValue.Create(step))]) },
    };

    private static JsonObject Budget(Budget budget)
    {
        var json = new JsonObject();
        if (budget.Runs is { } runs)
        {
            json["runs"] = runs;
        }
        if (budget.DeviceHours is { } hours)
        {
            json["device_hours"] = hours;
        }
        return json;
    }
}
