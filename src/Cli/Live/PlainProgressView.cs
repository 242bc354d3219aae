using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Live;

/// <summary>Without a terminal: a line per change, at most one every three seconds, and always the last one.</summary>
internal sealed class PlainProgressView(Terminal terminal, TimeProvider clock) : IProgressView
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private string? _written;
    private string? _held;
    private long _writtenAt;

    public void Show(SweepProgress progress)
    {
        var line = ProgressLine.Of(progress, terminal.Columns);
        if (line == _written)
        {
            _held = null;
            return;
        }
        if (_written is not null && clock.GetElapsedTime(_writtenAt) < Pause && progress.Sweep.State is SweepState.Running or SweepState.Paused)
        {
            _held = line;
            return;
        }
        Write(line);
    }

    public void Say(string text)
    {
        if (text != _written)
        {
            Write(text);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_held is { } line)
        {
            Write(line);
        }
        return ValueTask.CompletedTask;
    }

    private void Write(string line)
    {
        terminal.Note(line);
        (_written, _held, _writtenAt) = (line, null, clock.GetTimestamp());
    }
}
