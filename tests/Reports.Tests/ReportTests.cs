using System.Xml.Linq;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Plots;
using Orchestrator.Reports.Text;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Reports.Tests;

public sealed class ReportTests
{
    private static readonly PatternPicture Pattern = new(Samples.RunId, 300, 1, 0, [1, 2], [255, 0, 64, 191], [255, 0, 64, 191]);

    [Fact]
    public void The_page_needs_no_network_and_holds_the_answer_the_plots_the_table_and_the_conditions()
    {
        var page = ReportPage.Render(SampleFindings.Of(Samples.Result), Samples.Trajectory, [(Pattern, "head 1.0")]);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page.Replace("url(#", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var ids = page.Split(" id=\"").Skip(1).Select(rest => rest.Split('"')[0]).ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Order(), ids.Order());
        Assert.Contains("<p class=\"answer\">With layers=2, 5 of 5 seeds grew an induction head.</p>", page, StringComparison.Ordinal);
        Assert.Contains("<td>0.842<small>&#177;0.023</small><small>null 0.043</small></td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>100%<small>[57–100%]</small></td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>160<small>[140–180]</small></td>", page, StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
        foreach (var condition in new[] { Samples.SweepId, "2025-03-04T05:06:07Z", "0..4", "lab#1", "avx512-1f2e3d4c", "orchestrator 1.2.3", "at steps 0, 100, 200, 300" })
        {
            Assert.Contains(condition, page, StringComparison.Ordinal);
        }
        Assert.True(page.IndexOf("<svg", StringComparison.Ordinal) < page.IndexOf("<h2>", StringComparison.Ordinal)); // the first screen is the answer and one plot
    }

    [Fact]
    public void A_plot_is_well_formed_takes_its_ink_from_the_page_and_names_its_groups()
    {
        var svg = XDocument.Parse(Curves.PrefixMatching(Samples.Trajectory, 0.4).ToStandaloneSvg());
        var text = svg.ToString();
        Assert.Contains("currentColor", text, StringComparison.Ordinal);
        Assert.DoesNotContain("#010203", text, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", text, StringComparison.Ordinal);
        Assert.Contains("layers 1", text, StringComparison.Ordinal);
        Assert.Contains("optimizer step", text, StringComparison.Ordinal);
        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.NotEmpty(svg.Descendants(space + "clipPath")); // what is referred to by clip-path is one
    }

    /// <summary>One, two, three axes; numbers and words; more values than there are colours.</summary>
    public static TheoryData<int, (string, object[])[]> Grids { get; } = new()
    {
        { 1, [] },
        { 2, [("model.layers", [1, 2])] },
        { 4, [("model.layers", [1, 2]), ("model.layer_norm", [false, true])] },
        { 16, [("model.layers", [1, 2]), ("model.positions", ["shortformer", "rotary"]), ("model.heads", [1, 2, 4, 8])] },
        { 100, [("train.lr", [.. Enumerable.Range(1, 10).Select(i => (object)(i * 0.001))]), ("train.warmup", [.. Enumerable.Range(0, 10).Select(i => (object)(i * 5))])] },
        { 100, [("train.lr", [.. Enumerable.Range(1, 100).Select(i => (object)(i * 0.001))])] },
        { 12, [("data.kind", [.. Enumerable.Range(0, 12).Select(i => (object)$"kind-{i}")])] },
    };

    [Theory, MemberData(nameof(Grids))]
    public void However_many_groups_there_are_every_plot_can_be_read(int groups, (string, object[])[] axes)
    {
        var (findings, trajectory) = SampleFindings.OfGrid(axes);
        Assert.Equal(groups, findings.Groups.Count);
        foreach (var plot in ReportPage.Plots(findings, trajectory))
        {
            var svg = XDocument.Parse(plot.ToInlineSvg()).Root!;
            var box = ((string)svg.Attribute("viewBox")!).Split(' ').Select(double.Parse).ToArray();
            XNamespace space = "http://www.w3.org/2000/svg";
            var panels = svg.Elements(space + "svg").Select(panel => (X: Number(panel, "x"), Y: Number(panel, "y"), Width: Number(panel, "width"), Height: Number(panel, "height"))).ToList();
            Assert.NotEmpty(panels);
            Assert.All(panels, panel => Assert.True(panel.Height >= 80 && panel.Width >= 120, $"{plot.Name}: a panel of {panel.Width} × {panel.Height}")); // not pushed down to a strip
            Assert.All(panels, panel => Assert.True(panel.X + panel.Width <= box[2] + 1 && panel.Y + panel.Height <= box[3] + 1, $"{plot.Name}: a panel leaves the plot"));
            Assert.True(panels.Min(panel => panel.Y) <= 80, $"{plot.Name}: the legend takes {panels.Min(panel => panel.Y)}");
            Assert.InRange(panels.Count, 1, 12);
        }

        static double Number(XElement element, string name) => double.Parse((string)element.Attribute(name)!, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Values_that_are_shown_at_once_have_colours_or_lines_of_their_own()
    {
        foreach (var row in Grids.Take(6))
        {
            var points = SampleFindings.OfGrid(row.Data.Item2).Findings.Groups.Select(group => group.By).ToList();
            var facets = new Facets(points);
            Assert.All(facets.Panels, panel => Assert.Equal(panel.Groups.Length, panel.Groups.DistinctBy(group => (facets.Colour(group), facets.Style(group))).Count()));
        }
    }

    [Fact]
    public void Metrics_that_are_undefined_leave_a_gap_and_no_number()
    {
        var nothing = new MeanEstimate(null, null, null, 0);
        var trajectory = new SweepTrajectory(Samples.Head, [new(Samples.By("model.layers", 0), [new(0, nothing, nothing, nothing, nothing, nothing), new(300, nothing, nothing, nothing, nothing, nothing)], [])]);
        foreach (var plot in new[] { Curves.PrefixMatching(trajectory), Curves.Loss(trajectory), Curves.IclScore(trajectory) })
        {
            var svg = plot.ToInlineSvg();
            Assert.NotNull(XDocument.Parse(svg).Root);
            Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Names_cannot_write_into_the_page()
    {
        var head = Samples.Head with { Name = "<script>alert(1)</script>" };
        var group = Samples.Result.Groups[0] with { By = Samples.By("a<b>", "\"><script>") };
        var page = ReportPage.Render(
            SampleFindings.Of(Samples.Result with { Sweep = head, Groups = [group] }), Samples.Trajectory with { Groups = [Samples.Trajectory.Groups[0] with { By = group.By }] }, [(Pattern, "<script>")]);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_name_n_and_interval_and_bring_their_query()
    {
        var said = Sentences.Of(SampleFindings.Of(Samples.Result));

        Assert.Equal("With layers=1, 0 of 4 seeds grew an induction head (95% interval 0–49%). With layers=2, 5 of 5 seeds grew an induction head (95% interval 57–100%); prefix matching crosses the threshold at a median step of 160 (140–180).", said[0].Text);
        Assert.Contains(said, finding => finding.Text.StartsWith("In 8 of 10 runs with an induction head", StringComparison.Ordinal));
        Assert.Contains(said, finding => finding.Text.Contains("changes by −1.300 ± 0.100 nats from layers=1 to layers=2, paired over 5 seeds (p < 0.001", StringComparison.Ordinal));
        Assert.Contains(said, finding => finding.Text.StartsWith("1 of 10 runs failed", StringComparison.Ordinal));
        Assert.All(said, finding => Assert.StartsWith("select ", finding.Query, StringComparison.Ordinal));
    }

    [Fact]
    public void Few_pairs_make_no_sentence_and_a_paired_difference_brings_the_query_of_that_difference()
    {
        var findings = SampleFindings.Of(Samples.Result);
        GroupComparison Loss(int n) => new(0, 1, "model.layers", "final_loss", new(-0.1, -0.10004, -0.09996, n), 0.0001, 0.0003);

        Assert.DoesNotContain(Sentences.Of(findings with { Comparisons = [Loss(2)] }), finding => finding.Text.Contains("paired", StringComparison.Ordinal));
        var said = Assert.Single(Sentences.Of(findings with { Comparisons = [Loss(3)] }), finding => finding.Text.Contains("paired", StringComparison.Ordinal));
        Assert.Contains("changes by −0.100000 ± 0.000040 nats", said.Text, StringComparison.Ordinal);
        Assert.Contains("avg(b.final_loss - a.final_loss)", said.Query, StringComparison.Ordinal);
        Assert.Contains("a.run_index % 2 = 0 and b.run_index % 2 = 1", said.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.5, 0.1, "1.500\n±0.100")]
    [InlineData(1.5, 0.0012, "1.5000\n±0.0012")]
    [InlineData(0.00123456, 0.0000021, "0.0012346\n±0.0000021")]
    [InlineData(1.5, 0, "1.500\n±0")]
    public void An_interval_keeps_two_significant_digits(double mean, double half, string cell) =>
        Assert.Equal(cell, new MeanEstimate(mean, mean - half, mean + half, 5).Cell(5));

    [Fact]
    public void Runs_whose_previous_token_head_never_formed_are_counted_under_the_plot_of_which_was_first()
    {
        var findings = SampleFindings.Of(Samples.Result);
        Assert.DoesNotContain("not shown", Circuits.Formation(findings).Description, StringComparison.Ordinal);

        var first = findings.Groups[0].Runs.Select((run, i) => i > 1 ? run : run with { Circuit = run.Circuit! with { PreviousBy = null, PreviousAfter = null, FormedFirst = "induction" } });
        var some = findings with { Groups = [findings.Groups[0] with { Runs = [.. first] }, .. findings.Groups.Skip(1)] };

        Assert.Contains("not shown: 2 of 10 runs with an induction head, whose previous-token head never formed", Circuits.Formation(some).Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_toy_model_has_one_scale_of_loss_no_nats_and_no_threshold_of_heads()
    {
        var metrics = new Dictionary<string, System.Text.Json.JsonElement>
        {
            ["final_loss"] = System.Text.Json.JsonSerializer.SerializeToElement(new MeanEstimate(0.58984, 0.58964, 0.59004, 5), Contracts.Json.Options),
            ["features_represented"] = System.Text.Json.JsonSerializer.SerializeToElement(new MeanEstimate(5, 5, 5, 5), Contracts.Json.Options),
        };
        var result = Samples.Result with { Groups = [.. Samples.Result.Groups.Select(group => group with { Completed = 5, Excluded = 0, Metrics = metrics })] };
        var findings = SampleFindings.Of(result) with { Comparisons = [new(0, 1, "model.relu", "final_loss", new(-0.0013, -0.0014, -0.0012, 5), 0.0001, 0.0001)] };
        findings = findings with { Groups = [.. findings.Groups.Select(group => group with { Runs = [], Thresholds = [], Circuits = null })], Conditions = findings.Conditions with { Measures = ["superposition"] } };
        findings = findings with { Sentences = Sentences.Of(findings) };
        var page = ReportPage.Render(findings, Samples.Trajectory, []);

        Assert.Contains("final loss 589.840 ± 0.200 thousandths of weighted squared error per held-out sample over", findings.Sentences[0].Text, StringComparison.Ordinal);
        Assert.Contains("<td>589.840<small>&#177;0.200</small></td>", page, StringComparison.Ordinal);
        Assert.Contains(findings.Sentences, finding => finding.Text.Contains("changes by −1.300 ± 0.100 thousandths of weighted", StringComparison.Ordinal) && finding.Text.Contains("adjustment for 1 comparison)", StringComparison.Ordinal));
        Assert.DoesNotContain("nats", page, StringComparison.Ordinal);
        Assert.DoesNotContain("threshold", page, StringComparison.Ordinal);
        Assert.DoesNotContain("transition", page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_axis_is_named_by_what_tells_it_apart()
    {
        var names = new AxisNames([new Dictionary<string, System.Text.Json.JsonElement>(Samples.By("model.layers", 1)), new Dictionary<string, System.Text.Json.JsonElement>(Samples.By("train.decay", "none")), new Dictionary<string, System.Text.Json.JsonElement>(Samples.By("data.decay", 1))]);

        Assert.Equal(["layers", "train.decay", "data.decay"], names.Axes.Select(names.Of));
    }
}
