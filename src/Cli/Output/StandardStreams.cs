using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Cli.Output;

/// <summary>The streams of this process.</summary>
internal static class StandardStreams
{
    public static TextWriter Output() => Console.IsOutputRedirected ? Pipe(1) ?? Console.Out : Console.Out;

    public static TextWriter Error() => Console.IsErrorRedirected ? Pipe(2) ?? Console.Error : Console.Error;

    // The framework's console is silent when nobody reads a pipe any more; a file stream says so.
    private static TextWriter? Pipe(int descriptor)
    {
        try
        {
            var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? null : TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
        }
        catch (Exception closed) when (closed is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null; // the console's own stream fails at the first word
        }
    }
}
