using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Deploy.Tests;

/// <summary>The chart's templates, values and schema speak of the same things.</summary>
public sealed partial class ChartTests
{
    private static readonly YamlMappingNode Values = new DeployFile("deploy/helm/orchestrator/values.yaml").Yaml();
    private static readonly JsonObject SchemaFile = JsonNode.Parse(new DeployFile("deploy/helm/orchestrator/values.schema.json").Text)!.AsObject();

    public static TheoryData<string> Templates => [.. DeployFile.All.Where(file => file.IsTemplate).Select(file => file.Path)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_uses_values_that_there_are(string path) => Assert.All(
        Value().Matches(new DeployFile(path).Text).Select(match => match.Groups[1].Value.Split('.')),
        name => Assert.True(Values.Find(name) is not null, $"{path} uses .Values.{string.Join('.', name)}, which values.yaml does not have"));

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_includes_what_the_helpers_define(string path)
    {
        var defined = Define().Matches(new DeployFile("deploy/helm/orchestrator/templates/_helpers.tpl").Text).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Subset(defined, Include().Matches(new DeployFile(path).Text).Select(match => match.Groups[1].Value).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_closes_what_it_opens(string path)
    {
        var actions = Action().Matches(new DeployFile(path).Text).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(actions.Count(word => word is "if" or "with" or "range" or "define"), actions.Count(word => word == "end"));
    }

    [Fact]
    public void The_schema_knows_every_value_and_no_other() => Assert.Equal(
        Names(Values).Order(StringComparer.Ordinal),
        Names(SchemaFile).Where(name => name != "global").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("cpu")]
    [InlineData("gpu")]
    public void A_worker_is_killed_only_after_its_own_grace(string device) =>
        Assert.True(Number(device, "terminationGracePeriodSeconds") >= Number(device, "graceSeconds") + 5);

    [Fact]
    public void A_silo_is_killed_only_after_its_own_grace() => Assert.True(Number("silo", "terminationGracePeriodSeconds") >= 30 + 5);

    [Fact]
    public void The_silos_are_several_and_the_chart_carries_the_version_of_the_program()
    {
        Assert.True(Number("silo", "replicas") > 1);
        var build = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Contains($"<Version>{new DeployFile("deploy/helm/orchestrator/Chart.yaml").Yaml().Text("appVersion")}</Version>", build, StringComparison.Ordinal);
    }

    private static int Number(params string[] path) => int.Parse(Values.Text(path)!, CultureInfo.InvariantCulture);

    // Down to where the schema leaves what comes to Kubernetes.
    private static IEnumerable<string> Names(YamlNode values, string path = "") => values.Entries().SelectMany(entry =>
        Schema(path + entry.Key)?["properties"] is JsonObject ? Names(entry.Value, $"{path}{entry.Key}.").Prepend(path + entry.Key) : [path + entry.Key]);

    private static IEnumerable<string> Names(JsonObject schema, string path = "") => (schema["properties"] as JsonObject ?? []).SelectMany(property =>
        Names(property.Value!.AsObject(), $"{path}{property.Key}.").Prepend(path + property.Key));

    private static JsonNode? Schema(string path) => path.Split('.').Aggregate((JsonNode?)SchemaFile, (at, name) => at?["properties"]?[name]);

    [GeneratedRegex(@"\.Values\.([A-Za-z0-9.]+)")]
    private static partial Regex Value();

    [GeneratedRegex("define \"([^\"]+)\"")]
    private static partial Regex Define();

    [GeneratedRegex("include \"([^\"]+)\"")]
    private static partial Regex Include();

    [GeneratedRegex(@"\{\{-?\s*(\w+)")]
    private static partial Regex Action();
}
