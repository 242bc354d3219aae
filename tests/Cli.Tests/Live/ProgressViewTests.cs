using Microsoft.Extensions.Time.Testing;
using Orchestrator.Cli.Live;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;
using Orchestrator.Tests.Serving;
using Spectre.Console;

namespace Orchestrator.Cli.Tests.Live;

public sealed class ProgressViewTests
{
    private static readonly SweepProgress Running = Samples.Progress with
    {
        Sweep = Samples.Head with { State = SweepState.Running, Runs = new() { Total = 10, Completed = 2, Failed = 1, Training = 2, Pending = 5 } },
        Groups = [.. Samples.Progress.Groups.Select(group => group with { Completed = 1, StepsDone = 600 })],
        SecondsLeft = 83,
    };

    [Fact]
    public async Task Plain_lines_come_every_three_seconds_and_the_last_one_always()
    {
        using var error = new StringWriter();
        var clock = new FakeTimeProvider();
        await using (var view = new PlainProgressView(new Terminal(TextWriter.Null, error, false, false), clock))
        {
            for (var tenth = 0; tenth < 75; tenth++)
            {
                view.Show(Running with { StepsPerSecond = 800 + tenth });
                clock.Advance(TimeSpan.FromMilliseconds(100));
            }
        }
        var lines = error.ToString().TrimEnd().Split('\n');
        Assert.Equal(["800", "830", "860", "874"], lines.Select(line => line.Split(" steps/s")[0].Split(' ')[^1]));
    }

    [Fact]
    public async Task What_did_not_change_is_not_said_again_and_an_end_is_said_at_once()
    {
        using var error = new StringWriter();
        var clock = new FakeTimeProvider();
        await using (var view = new PlainProgressView(new Terminal(TextWriter.Null, error, false, false), clock))
        {
            view.Show(Running);
            clock.Advance(TimeSpan.FromMinutes(1));
            view.Show(Running);
            view.Show(Samples.Progress);
        }
        var lines = error.ToString().TrimEnd().Split('\n');
        Assert.Equal(
            [
                "running: 1200/3000 steps, 2/10 runs, 1 failed, 813 steps/s, 83 s left",
                "completed: 3000/3000 steps, 9/10 runs, 1 failed, 813 steps/s",
            ],
            lines);
    }

    [Fact]
    public void A_plain_line_stays_short_however_long_the_reason_is()
    {
        var line = ProgressLine.Of(Running with { Sweep = Running.Sweep with { Waiting = new string('x', 500) } });
        Assert.Equal(119, line.Length);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(40)]
    public async Task A_plain_line_is_no_wider_than_what_shows_it(int columns)
    {
        using var error = new StringWriter();
        await using (var view = new PlainProgressView(new Terminal(TextWriter.Null, error, false, false, columns), new FakeTimeProvider()))
        {
            view.Show(Running);
        }
        Assert.InRange(error.ToString().TrimEnd().Length, 20, columns);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(40)]
    public void The_picture_of_a_narrow_terminal_has_one_line_a_group(int width)
    {
        var wide = Running with { Groups = [.. Running.Groups.Select(group => group with { By = new Dictionary<string, System.Text.Json.JsonElement>(group.By) { ["train.weight_decay"] = group.By.Values.First() } })] };
        var lines = Draw(wide, width, 24);
        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(100, 24)]
    [InlineData(200, 50)]
    public void The_picture_fits_the_terminal_and_tells_everything(int width, int height)
    {
        var lines = Draw(Running, width, height);
        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.True(line.Length <= width, $"{line.Length} columns: {line}"));
        Assert.Contains("model.layers=2", lines[1], StringComparison.Ordinal);
        Assert.Contains("40%", lines[1], StringComparison.Ordinal);
        Assert.Contains("1 failed", lines[0], StringComparison.Ordinal);
        Assert.Equal("induction-by-depth: 2/10 runs, 1 failed, 813 steps/s, 83 s left", lines[2]);
    }

    [Fact]
    public void Groups_that_do_not_fit_are_counted()
    {
        var many = Running with { Groups = [.. Enumerable.Repeat(Running.Groups[0], 100)] };
        var lines = Draw(many, 100, 24);
        Assert.True(lines.Count <= 23, $"{lines.Count} lines");
        Assert.Contains("and 80 more groups", lines);
    }

    private static List<string> Draw(SweepProgress progress, int width, int height)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = width;
        console.Write(LiveProgressView.Picture(progress, "", width, height));
        return [.. output.ToString().Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
    }
}
