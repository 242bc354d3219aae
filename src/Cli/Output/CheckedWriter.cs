using System.Text;

namespace Orchestrator.Cli.Output;

/// <summary>What was to be said cannot be written: the disk is full, the stream is closed, nobody reads the pipe.</summary>
internal sealed class OutputException(string message, Exception inner) : Exception(message, inner)
{
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>Whether who read it has read enough, as <c>head</c> does: nothing is wrong that he would want to hear of.</summary>
    public bool ReaderLeft => InnerException is IOException { HResult: BrokenPipe };
}

/// <summary>A stream of the process: text passes through <paramref name="shown"/>, and a failure has a name of its own.</summary>
internal sealed class CheckedWriter(TextWriter inner, Func<string, string> shown) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => Guarded(() => inner.Write(shown(value ?? "")));

    public override void WriteLine(string? value) => Write(value + NewLine); // in one piece: others write too

    public override void Flush() => Guarded(inner.Flush);

    private static void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (IOException lost)
        {
            throw new OutputException($"the output cannot be written: {lost.Message}", lost);
        }
    }
}
