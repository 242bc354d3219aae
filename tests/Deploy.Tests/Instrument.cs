using System.Text.RegularExpressions;

namespace Orchestrator.Deploy.Tests;

/// <summary>A metric as the sources create it, and what it is called in Prometheus.</summary>
/// <param name="Name">With dots.</param>
/// <param name="Kind">Counter, Histogram, UpDownCounter, Gauge; observable ones alike.</param>
/// <param name="Unit">As OpenTelemetry writes it; empty if there is none.</param>
internal sealed partial record Instrument(string Name, string Kind, string Unit)
{
    /// <summary>Every instrument under <c>src</c>.</summary>
    public static IReadOnlyList<Instrument> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(file => Created().Matches(File.ReadAllText(file)))
            .Select(match => new Instrument(match.Groups["name"].Value, match.Groups["kind"].Value, Quoted().Match(match.Groups["rest"].Value).Groups[1].Value)),
    ];

    /// <summary>The names under which the collector's Prometheus exporter shows it: dots become underscores, a unit and the kind a suffix.</summary>
    public IReadOnlyList<string> Series
    {
        get
        {
            var unit = Unit switch
            {
                "" => "",
                ['{', ..] => "", // a note to the reader
                "s" => "_seconds",
                "ms" => "_milliseconds",
                "By" => "_bytes",
                "1" => Kind == "Gauge" ? "_ratio" : "",
                _ => throw new InvalidOperationException($"{Name}: how is the unit '{Unit}' spelt in Prometheus?"),
            };
            var name = Name.Replace('.', '_');
            name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
            return Kind switch
            {
                "Counter" => [name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total"],
                "Histogram" => [name + "_bucket", name + "_sum", name + "_count"],
                _ => [name],
            };
        }
    }

    [GeneratedRegex(@"\.Create(?:Observable)?(?<kind>Counter|UpDownCounter|Histogram|Gauge)(?:<[^(]+>)?\(\s*""(?<name>orchestrator\.[a-z._]+)""(?<rest>[^;]*);")]
    private static partial Regex Created();

    [GeneratedRegex(@",\s*(?:unit:\s*)?""(\{[a-z ]+\}|s|ms|By|1)""")]
    private static partial Regex Quoted();
}
