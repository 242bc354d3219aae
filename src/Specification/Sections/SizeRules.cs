using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>Rules that hold between sections: a model that fits a machine, data that fits the model's context.</summary>
internal static class SizeRules
{
    /// <summary>Toy models read sparse features, transformers read sequences. Kinds are no axes: one point of the grid speaks for all.</summary>
    public static bool KindsFit(Architecture model, TrainingData data, Node? at, Findings findings)
    {
        switch (model, data)
        {
            case (ReluToy, DataConfiguration):
                findings.Add("data.kind", at, "a relu-toy model reads feature vectors, and this is a kind of sequences", "write data: { kind: sparse-features, sparsity: 0.9 }");
                return false;
            case (ModelConfiguration, SparseFeatures):
                findings.Add("data.kind", at, "sparse-features are read by toy models, and this model is a transformer", "write model: { kind: relu-toy, features: 20, hidden: 5 }, or a kind of sequences");
                return false;
            default:
                return true;
        }
    }

    /// <summary>A setting that would decide nothing is refused; its default is not, because resolved documents spell it out.</summary>
    public static void CheckInitialization(Architecture model, TrainConfiguration train, Node? at, Findings findings)
    {
        if (model is ReluToy && train.Init.Embed != new Initialization().Embed)
        {
            findings.Add("train.init.embed", at, "a relu-toy model has no embedding", "remove it; scale moves the initial W");
        }
    }

    public static void CheckParameters(Architecture model, TrainingData data, Node? at, Findings findings)
    {
        switch (model, data)
        {
            case (ModelConfiguration transformer, DataConfiguration sequences):
                CheckParameters(transformer, sequences, at, findings);
                break;
            case (ReluToy toy, _) when (Int128)toy.Features * (toy.Hidden + 1) is var count && count > Limits.Parameters:
                findings.Add("model", at, $"{toy.Features} features in {toy.Hidden} dimensions have {count:N0} parameters, more than {Limits.Parameters:N0}", "choose fewer features or dimensions");
                break;
        }
    }

    private static void CheckParameters(ModelConfiguration model, DataConfiguration data, Node? at, Findings findings)
    {
        var (d, inner) = ((Int128)model.DModel, (Int128)model.Heads * model.DHead);
        var count = 2 * d * data.Vocab + model.Layers * 4 * d * inner + (model.Positions == PositionKind.Learned ? d * model.NCtx : 0);
        if (count > Limits.Parameters)
        {
            findings.Add("model", at, $"{model.Layers} layers of {model.Heads} heads with d_model {model.DModel} and a vocabulary of {data.Vocab} have {count:N0} parameters, more than {Limits.Parameters:N0}", "choose a smaller model or vocabulary");
        }
    }

    public static void CheckBatch(Architecture model, TrainConfiguration train, Node? at, Findings findings)
    {
        if (model is ModelConfiguration transformer && (long)train.Batch * transformer.NCtx > Limits.TokensPerStep)
        {
            findings.Add("train.batch", at, $"{train.Batch} sequences of {transformer.NCtx} tokens are more than {Limits.TokensPerStep:N0} tokens a step", "choose a smaller batch or context");
        }
        if (model is ReluToy toy && (long)train.Batch * toy.Features > Limits.TokensPerStep)
        {
            findings.Add("train.batch", at, $"{train.Batch} samples of {toy.Features} features are more than {Limits.TokensPerStep:N0} values a step", "choose a smaller batch or fewer features");
        }
    }

    /// <summary>Text must hold one context on each side of the cut; a segment must be shorter than the context, or nothing repeats.</summary>
    public static void CheckContext(Architecture kind, TrainingData trained, MappingNode section, Findings findings)
    {
        if ((kind, trained) is not (ModelConfiguration model, DataConfiguration data))
        {
            return;
        }
        var room = model.NCtx - (data.Bos ? 1 : 0);
        for (var i = 0; i < data.Parts.Count; i++)
        {
            var (path, node) = Part(section, i);
            switch (data.Parts[i])
            {
                case RepeatedSegments segments when segments.Longest >= room:
                    findings.Add($"{path}.segment", Child(node, "segment"), $"a segment of {segments.Longest} tokens does not begin again in a context of {room} tokens (n_ctx {model.NCtx}{(data.Bos ? " less BOS" : "")})", room > 1 ? $"choose segments below {room}, or a larger n_ctx" : "choose a larger n_ctx");
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
