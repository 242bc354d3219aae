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

    private static readonly (string Metric, string Meaning)[] Meanings =
    [
        ("prefix_matching", "prefix matching  attention to what followed earlier copies of the current token, 0 to 1"),
        ("previous_token", "previous token   attention to the token before, 0 to 1"),
        ("copying", "copying          how much attending to a token raises that token's own logit"),
        ("ov_copying", "OV copying       eigen-score of the full OV circuit, -1 to 1; 1 copies"),
        ("k_excess_max", "K excess         K-composition with the best earlier head above that of random weights"),
        ("loss", "loss             held-out loss per token, nats"),
    ];

    /// <summary>Explains the columns that are shown.</summary>
    public static IEnumerable<string> Legend(IReadOnlyCollection<string> shown) =>
        Meanings.Where(metric => shown.Contains(metric.Metric)).Select(metric => metric.Meaning);

    /// <summary>The column's heading, or null if the metric is not shown.</summary>
    public static string? Heading(string metric) => Main.GetValueOrDefault(metric);
}
