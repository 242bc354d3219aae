using System.Globalization;
using System.Text.Json;
using Orchestrator.Contracts;
using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>Results go to stdout, everything that is said meanwhile to stderr, so that a pipe gets the result alone. No text steers the terminal.</summary>
internal sealed class Terminal
{
    /// <summary>Width of what is drawn if there is no terminal to ask.</summary>
    public const int DefaultWidth = 100;

    public Terminal(TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal, int? columns = null)
    {
        Columns = columns;
        IsTerminal = outputIsTerminal;
        Output = new CheckedWriter(output, Visible.Text);
        Error = new CheckedWriter(error, Visible.Text);
        Documents = new CheckedWriter(output, Visible.Json);
        IsLive = errorIsTerminal;
        OutputConsole = Create(new CheckedWriter(output, text => text), outputIsTerminal);
        ErrorConsole = Create(new CheckedWriter(error, text => text), errorIsTerminal);
    }

    /// <summary>The process's own streams.</summary>
    public static Terminal OfProcess() => new(StandardStreams.Output(), StandardStreams.Error(), !Console.IsOutputRedirected, !Console.IsErrorRedirected,
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0 ? columns : null);

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    private TextWriter Documents { get; }

    /// <summary>Width of what shows the output if it is no terminal, as <c>COLUMNS</c> says; null if nobody said.</summary>
    public int? Columns { get; }

    /// <summary>How wide a line of the output may be; null if it is no terminal and nobody said.</summary>
    public int? Width => IsTerminal ? OutputConsole.Profile.Width : Columns;

    private bool IsTerminal { get; }

    /// <summary>Whether progress can be drawn over itself.</summary>
    public bool IsLive { get; }

    public IAnsiConsole OutputConsole { get; }

    public IAnsiConsole ErrorConsole { get; }

    /// <summary>The one JSON document of a verb with <c>--json</c>.</summary>
    public void WriteJson<T>(T document) => Documents.WriteLine(JsonSerializer.Serialize(document, Json.Indented));

    /// <summary>A line of the result.</summary>
    public void Line(string text = "") => Output.WriteLine(text);

    /// <summary>A line beside the result.</summary>
    public void Note(string text) => Error.WriteLine(text);

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Pipeline.Attach(new VisibleSegments());
        if (!isTerminal)
        {
            console.Profile.Width = DefaultWidth;
            console.Profile.Capabilities.Unicode = true;
        }
        return console;
    }
}
