namespace Orchestrator.Cli.Heads;

/// <summary>Which of the many head metrics fit on a screen; JSON has them all.</summary>
internal static class HeadMetrics
{
    private static readonly Dictionary<string, string> Main = new()
    {
        ["prefix_matching"] = "prefix\nmatching",
        ["previous_token"] = "previous\ntoken",
        ["copying"] = "copying",
        ["ov_copying"] = "OV\ncopying",
        ["k_excess_max"] = "K excess\n(best)",
        ["loss"] = "loss\n(nats)",
    };

    /// <summary>Explains the columns that are shown.</summary>
    public static IReadOnlyList<string> Legend { get; } =
    [
        "prefix matching  attention to the token after an earlier copy of the current one, 0 to 1: an induction head's sign",
        "previous token   attention to the token before, 0 to 1",
        "copying          share of tokens whose logit the head raises when it attends to them",
        "OV copying       eigen-score of the full OV circuit, -1 to 1; 1 copies",
        "K excess         K-composition with the best earlier head above random weights'",
    ];

    /// <summary>The column's heading, or null where the metric is not shown.</summary>
    public static string? Heading(string metric) => Main.GetValueOrDefault(metric);
}
