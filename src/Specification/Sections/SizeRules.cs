using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>Rules that hold between sections: a model that fits a machine, data that fits the model's context.</summary>
internal static class SizeRules
{
    public static void CheckParameters(ModelConfiguration model, DataConfiguration data, Node? at, Findings findings)
    {
        var (d, inner) = ((Int128)model.DModel, (Int128)model.Heads * model.DHead);
        var count = 2 * d * data.Vocab + model.Layers * 4 * d * inner + (model.Positions == PositionKind.Learned ? d * model.NCtx : 0);
        if (count > Limits.Parameters)
        {
            findings.Add("model", at, $"{model.Layers} layers of {model.Heads} heads with d_model {model.DModel} and a vocabulary of {data.Vocab} have {count:N0} parameters, more than {Limits.Parameters:N0}", "choose a smaller model or vocabulary");
        }
    }

    public static void CheckTokensPerStep(ModelConfiguration model, TrainConfiguration train, Node? at, Findings findings)
    {
        if ((long)train.Batch * model.NCtx > Limits.TokensPerStep)
        {
            findings.Add("train.batch", at, $"{train.Batch} sequences of {model.NCtx} tokens are more than {Limits.TokensPerStep:N0} tokens a step", "choose a smaller batch or context");
        }
    }

    /// <summary>Text must hold one context on each side of the cut; a segment must be shorter than the context, or nothing repeats.</summary>
    public static void CheckContext(ModelConfiguration model, DataConfiguration data, MappingNode section, Findings findings)
    {
        var room = model.NCtx - (data.Bos ? 1 : 0);
        for (var i = 0; i < data.Parts.Count; i++)
        {
            var (path, node) = Part(section, i);
            switch (data.Parts[i])
            {
                case RepeatedSegments segments when segments.Longest >= room:
                    findings.Add($"{path}.segment", Child(node, "segment"), $"a segment of {segments.Longest} tokens does not begin again in a context of {room} tokens (n_ctx {model.NCtx}{(data.Bos ? " less BOS" : "")})", $"choose segments below {room}, or a larger n_ctx");
                    break;
                case Text text:
                    CheckText(text, room, path, Child(node, "files"), findings);
                    break;
            }
        }
    }

    // A token is at least a byte, so this is what can be said without the files; whoever has them counts tokens.
    private static void CheckText(Text text, int room, string path, Node? at, Findings findings)
    {
        var (train, heldOut) = (text.Files.Max(file => file.Bytes * (1 - text.HeldOut)), text.Files.Max(file => file.Bytes * text.HeldOut));
        if (Math.Min(train, heldOut) < room)
        {
            findings.Add($"{path}.files", at, $"the text is too short: held_out {text.HeldOut} leaves at most {(long)train} bytes to train on and {(long)heldOut} held out, and one sequence takes {room} tokens", "add text, or choose a smaller n_ctx or another held_out");
        }
    }

    private static (string Path, Node Node) Part(MappingNode section, int index) =>
        section.TryGet("parts", out var parts) && parts is SequenceNode list
            ? ($"{DataSection.Path}.parts[{index}]", list.Items[index])
            : (DataSection.Path, section);

    private static Node? Child(Node node, string key) => node is MappingNode mapping && mapping.TryGet(key, out var child) ? child : node;
}
