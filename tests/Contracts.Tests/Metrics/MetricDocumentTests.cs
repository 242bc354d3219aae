using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Contracts.Tests.Metrics;

/// <summary><c>docs/metrics.md</c> says of every metric what the table says. The rows that a failure prints belong under the heading.</summary>
public sealed class MetricDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "metrics.md")).ReplaceLineEndings("\n");

    public static TheoryData<string> Sections => [.. MetricTable.All.Select(metric => metric.Section).Distinct()];

    [Theory]
    [MemberData(nameof(Sections))]
    public void The_document_holds_exactly_the_metrics_of_a_section(string section)
    {
        var expected = string.Join(
            '\n', ["| name | unit, range | meaning | definition | undefined if |", "|---|---|---|---|---|", .. MetricTable.Section(section).Select(Row)]);

        var part = Document.Split($"\n### `{section}`").Skip(1).SingleOrDefault("");
        Assert.True(
            expected == part.Split("\n\n").FirstOrDefault(block => block.StartsWith('|'), "").TrimEnd(),
            $"docs/metrics.md must have under '### `{section}`':\n{expected}\n");
    }

    [Fact]
    public void The_document_has_no_other_section() =>
        Assert.Equal(MetricTable.All.Select(metric => metric.Section).Distinct(), Document.Split("\n### `").Skip(1).Select(part => part.Split('`')[0]));

    private static string Row(Metric metric) =>
        $"| `{metric.Name}`{(metric.Sampled ? " ±" : "")} | {metric.Scale} | {metric.Meaning} | {metric.Definition} | {metric.Undefined} |";
}
