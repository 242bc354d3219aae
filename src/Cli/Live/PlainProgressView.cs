using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Live;

/// <summary>Without a terminal: a line per change, at most one per second, and always the last one.</summary>
internal sealed class PlainProgressView(Terminal terminal, TimeProvider clock) : IProgressView
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private string? written;
    private string? held;
    private long writtenAt;

    public void Show(SweepProgress progress)
    {
        var line = ProgressLine.Of(progress);
        if (line == written)
        {
            held = null;
            return;
        }
        if (written is not null && clock.GetElapsedTime(writtenAt) < Pause && progress.Sweep.State is SweepState.Running or SweepState.Paused)
        {
            held = line;
            return;
        }
        Write(line);
    }

    public void Say(string text)
    {
        if (text != written)
        {
            Write(text);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (held is { } line)
        {
            Write(line);
        }
        return ValueTask.CompletedTask;
    }

    private void Write(string line)
    {
        terminal.Note(line);
        (written, held, writtenAt) = (line, null, clock.GetTimestamp());
    }
}
