using System.Xml.Linq;
using Orchestrator.Cli.Reports;
using Orchestrator.Contracts.Api;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Cli.Tests.Reports;

public sealed class ReportTests
{
    [Fact]
    public void The_page_needs_no_network_and_holds_three_plots_and_the_table()
    {
        var page = ReportPage.Render(Samples.Result, Samples.Trajectory);
        Assert.Equal(3, page.Split("<svg ").Length - 1);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page.Replace("url(#", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var ids = page.Split(" id=\"").Skip(1).Select(rest => rest.Split('"')[0]).ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Order(), ids.Order());
        Assert.Contains("<td>0.842<small>&#177;0.023</small></td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>100%<small>57–100%</small></td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>160<small>140–180</small></td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plot_is_well_formed_takes_its_ink_from_the_page_and_names_its_groups()
    {
        var svg = XDocument.Parse(Plots.PrefixMatching(Samples.Trajectory).ToStandaloneSvg());
        Assert.Equal("0 0 760 360", (string?)svg.Root!.Attribute("viewBox"));
        var text = svg.ToString();
        Assert.Contains("currentColor", text, StringComparison.Ordinal);
        Assert.DoesNotContain("#010203", text, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", text, StringComparison.Ordinal);
        Assert.Contains("model.layers=1", text, StringComparison.Ordinal);
        Assert.Contains("model.layers=2", text, StringComparison.Ordinal);
        Assert.Contains("optimizer step", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_that_are_undefined_leave_a_gap_and_no_number()
    {
        var nothing = new MeanEstimate(null, null, null, 0);
        var trajectory = new SweepTrajectory(Samples.Head, [new(Samples.By("model.layers", 0), [new(0, nothing, nothing, nothing, nothing, nothing), new(300, nothing, nothing, nothing, nothing, nothing)], [])]);
        foreach (var plot in new[] { Plots.PrefixMatching(trajectory), Plots.Loss(trajectory), Plots.IclScore(trajectory) })
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
        var page = ReportPage.Render(
            Samples.Result with { Sweep = head },
            Samples.Trajectory with { Groups = [Samples.Trajectory.Groups[0] with { By = Samples.By("a<b>", "\"><script>") }] });
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }
}
