using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary><c>train</c>: how one model is trained.</summary>
internal static class TrainSection
{
    public const string Path = "train";

    private static readonly TrainConfiguration Default = new() { Steps = 0, Batch = 1 };

    public static TrainConfiguration? Read(Node node, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        var steps = section.Integer("steps", 0, 1_000_000_000);
        var batch = section.Integer("batch", 1, 1 << 24);
        var optimizer = Optimizer(section);
        var lr = section.Number("lr", Interval.Positive, Default.Lr);
        var betas = Betas(section);
        var eps = section.Number("eps", Interval.Positive, Default.Eps);
        var decay = section.Number("weight_decay", Interval.NotNegative, Default.WeightDecay);
        var warmup = section.Integer("warmup", 0, 1_000_000_000, Default.Warmup);
        var schedule = section.Choice("decay", Default.Decay);
        var init = section.Find("init") is { } given ? Init(given, section.PathOf("init"), findings) : Default.Init;
        section.Refuse("precision");
        section.Close();
        return (steps, batch, optimizer, lr, betas) is ({ } n, { } b, { } o, { } rate, { } averaging)
            && (eps, decay, warmup, schedule, init) is ({ } epsilon, { } d, { } w, { } after, { } initialization)
            ? new TrainConfiguration
            {
                Steps = n,
                Batch = b,
                Optimizer = o,
                Lr = rate,
                Betas = averaging,
                Eps = epsilon,
                WeightDecay = d,
                Warmup = w,
                Decay = after,
                Init = initialization,
            }
            : null;
    }

    private static string? Optimizer(Section section)
    {
        switch (section.Find("optimizer"))
        {
            case null or ScalarNode { Kind: ScalarKind.String, Text: "adamw" }:
                return Default.Optimizer;
            case { } node:
                section.Findings.Add(section.PathOf("optimizer"), node, $"{node.Description} is not an optimizer of this version", "write adamw");
                return null;
        }
    }

    private static double[]? Betas(Section section)
    {
        if (section.Find("betas") is not { } node)
        {
            return [.. Default.Betas];
        }
        var path = section.PathOf("betas");
        if (Scalars.List(node, path, 2, "write both averaging factors, for example [0.9, 0.99]", section.Findings) is not { } items)
        {
            return null;
        }
        var first = Scalars.Number(items[0], $"{path}[0]", Interval.ShareBelowOne, section.Findings);
        var second = Scalars.Number(items[1], $"{path}[1]", Interval.ShareBelowOne, section.Findings);
        return first is { } a && second is { } b ? [a, b] : null;
    }

    private static Initialization? Init(Node node, string path, Findings findings)
    {
        if (Section.Open(node, path, findings) is not { } section)
        {
            return null;
        }
        var embed = section.Number("embed", Interval.Positive, Default.Init.Embed);
        var scale = section.Number("scale", Interval.Positive, Default.Init.Scale);
        section.Close();
        return embed is { } e && scale is { } s ? new Initialization { Embed = e, Scale = s } : null;
    }
}
