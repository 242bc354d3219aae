using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Cli.Live;

/// <summary>On a terminal: a bar per group that is drawn over itself, with speed and time left.</summary>
internal sealed class LiveProgressView : IProgressView
{
    private const int Gap = 2;
    private const int PercentWidth = 4;
    private const int LeastBar = 8;
    private const int MostBar = 40;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<LiveDisplayContext> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _display;
    private readonly IAnsiConsole _console;
    private string _message = "starting";
    private SweepProgress? _shown;

    public LiveProgressView(IAnsiConsole console)
    {
        _console = console;
        _display = _console.Live(new Text(_message)).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(context =>
        {
            _opened.SetResult(context);
            return _closed.Task;
        });
    }

    public void Show(SweepProgress progress)
    {
        _shown = progress;
        _message = "";
        Draw();
    }

    public void Say(string text)
    {
        _message = text;
        Draw();
    }

    public async ValueTask DisposeAsync()
    {
        _closed.TrySetResult();
        await _display;
    }

    private void Draw()
    {
        if (!_opened.Task.IsCompletedSuccessfully)
        {
            return; // drawn with the next answer
        }
        var context = _opened.Task.GetAwaiter().GetResult();
        context.UpdateTarget(_shown is null ? new Text(_message) : Picture(_shown, _message, _console.Profile.Width, _console.Profile.Height));
    }

    /// <summary>The picture for a terminal of this size; groups that do not fit are counted on one line.</summary>
    internal static IRenderable Picture(SweepProgress progress, string message, int width, int height)
    {
        var grid = new Grid();
        for (var column = 0; column < 4; column++)
        {
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, column < 3 ? Gap : 0, 0), Alignment = column == 2 ? Justify.Right : Justify.Left });
        }
        var fits = Math.Max(1, height - 4);
        var shown = progress.Groups.Take(fits).ToArray();
        var left = width - PercentWidth - 3 * Gap - shown.Select(group => ProgressLine.Runs(group).Length).DefaultIfEmpty(0).Max();
        var point = Math.Clamp(left - LeastBar, 1, shown.Select(group => Format.Point(group.By).Length).DefaultIfEmpty(0).Max() + 1);
        var bar = Math.Clamp(left - point, 1, MostBar);
        foreach (var group in shown)
        {
            grid.AddRow(
                new Text(ProgressLine.Fit(Format.Point(group.By), point)),
                Bar(group, bar),
                new Text($"{Share(group):P0}".Replace(" ", "", StringComparison.Ordinal)),
                new Text(ProgressLine.Runs(group), group.Failed > 0 ? new Style(Color.Red) : Style.Plain));
        }
        List<IRenderable> rows = [grid];
        if (progress.Groups.Count > fits)
        {
            rows.Add(new Text($"and {progress.Groups.Count - fits} more groups", new Style(decoration: Decoration.Dim)));
        }
        rows.Add(new Text(ProgressLine.Fit($"{progress.Sweep.Name}: {ProgressLine.Rate(progress)}", width)));
        if (message.Length > 0)
        {
            rows.Add(new Text(message, new Style(Color.Yellow)));
        }
        return new Rows(rows);
    }

    private static double Share(GroupProgress group) => group.StepsTotal == 0 ? 1 : (double)group.StepsDone / group.StepsTotal;

    private static Paragraph Bar(GroupProgress group, int width)
    {
        var done = (int)Math.Round(Math.Clamp(Share(group), 0, 1) * width);
        return new Paragraph().Append(new string('━', done), new Style(Color.Blue)).Append(new string('─', width - done), new Style(Color.Grey));
    }
}
