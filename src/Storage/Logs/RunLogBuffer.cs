using System.Text;
using System.Threading.Channels;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.States;

namespace Orchestrator.Storage.Logs;

/// <summary>Lines that wait to be sent or stored. Never blocks and never grows over its bound: the oldest give way, and are counted.</summary>
public sealed class RunLogBuffer
{
    private readonly Channel<RunLogEntry> _lines;
    private int _dropped;

    /// <param name="most">Lines that it holds at most.</param>
    public RunLogBuffer(int most) =>
        _lines = Channel.CreateBounded<RunLogEntry>(new BoundedChannelOptions(most) { FullMode = BoundedChannelFullMode.DropOldest }, _ => Interlocked.Increment(ref _dropped));

    /// <summary>Adds a line, cleaned and cut to the size of one. One that no log can keep is counted and stays out: returns why.</summary>
    public string? Add(RunLogEntry line)
    {
        if (RunLogText.Fault(line) is { } fault)
        {
            StorageInstruments.LinesSetAside.Add(1);
            return fault;
        }
        _lines.Writer.TryWrite(line with { Line = RunLogText.Clean(line.Line) });
        return null;
    }

    /// <summary>The beginning of a text that others wrote, as a message may show it.</summary>
    public static string Start(string? text) => RunLogText.Start(text);

    /// <summary>Waits until there is a line.</summary>
    public async Task Wait(CancellationToken cancellation) => await _lines.Reader.WaitToReadAsync(cancellation);

    /// <summary>
    /// Takes the oldest lines, as many as one message may carry. Where others had to give way to them, the first line says so, in
    /// the log of the run that comes next.
    /// </summary>
    public IReadOnlyList<RunLogEntry> Take()
    {
        var taken = new List<RunLogEntry>();
        var bytes = 0;
        while (taken.Count < WorkerLog.MostLines && bytes < WorkerLog.MostBytes - RunLogEntry.MostBytes && _lines.Reader.TryRead(out var line))
        {
            if (taken.Count == 0 && Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            {
                taken.Add(line with { Number = -line.Number, Level = LogSeverity.Warning, Line = $"{dropped} earlier lines about this run or others were dropped: they could not be sent or stored in time" });
            }
            taken.Add(line);
            bytes += Encoding.UTF8.GetByteCount(line.Line);
        }
        return taken;
    }
}
