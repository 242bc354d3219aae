using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Deploy.Tests;

/// <summary>A panel that asks for what nobody measures stays empty, and looks like a quiet cluster.</summary>
public sealed partial class DashboardTests
{
    private static readonly DeployFile File = new("deploy/grafana/dashboards/orchestrator.json");

    [Fact]
    public void Every_metric_that_a_panel_asks_for_is_measured()
    {
        var measured = Instrument.All.SelectMany(instrument => instrument.Series).ToHashSet();
        var asked = Queries().SelectMany(query => Metric().Matches(query).Select(match => match.Value)).Distinct().ToList();
        Assert.True(asked.Count > 15);
        Assert.Empty(asked.Except(measured));
    }

    [Fact]
    public void Every_query_asks_for_a_metric_of_ours_and_closes_its_parentheses() => Assert.All(Queries(), query =>
    {
        Assert.Matches(Metric(), query);
        Assert.Equal(query.Count(c => c == '('), query.Count(c => c == ')'));
    });

    [Theory]
    [InlineData("orchestrator.runs.ended", "orchestrator_runs_ended_total")]
    [InlineData("orchestrator.training.step.duration", "orchestrator_training_step_duration_seconds_bucket")]
    [InlineData("orchestrator.slots.busy", "orchestrator_slots_busy")]
    [InlineData("orchestrator.storage.commit.writes", "orchestrator_storage_commit_writes_sum")]
    public void A_name_of_the_sources_is_spelt_as_Prometheus_shows_it(string name, string series) =>
        Assert.Contains(series, Instrument.All.Single(instrument => instrument.Name == name).Series);

    [Fact]
    public void Every_panel_has_a_number_a_title_and_a_place_of_its_own()
    {
        var panels = Panels();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(panel => ((int)panel["gridPos"]!["x"]!, (int)panel["gridPos"]!["y"]!)).Distinct().Count());
        Assert.All(panels, panel => Assert.InRange((int)panel["gridPos"]!["x"]! + (int)panel["gridPos"]!["w"]!, 1, 24));
        Assert.All(panels, panel => Assert.NotEmpty((string)panel["title"]!));
    }

    [Fact]
    public void Panels_ask_the_data_source_that_is_provisioned()
    {
        var provisioned = Assert.Single(((YamlDotNet.RepresentationModel.YamlSequenceNode)new DeployFile("deploy/grafana/provisioning/datasources/prometheus.yaml").Yaml().Find("datasources")!).Children);
        Assert.All(Panels().Where(panel => panel["targets"] is not null), panel => Assert.Equal(provisioned.Text("uid"), (string)panel["datasource"]!["uid"]!));
    }

    private static List<JsonNode> Panels() => [.. JsonNode.Parse(File.Text)!["panels"]!.AsArray().Select(panel => panel!)];

    private static List<string> Queries() => [.. Panels().SelectMany(panel => panel["targets"]?.AsArray() ?? []).Select(target => (string)target!["expr"]!)];

    [GeneratedRegex("orchestrator_[a-z_]+")]
    private static partial Regex Metric();
}
