using System.Text.Json;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Output;

public sealed class TerminalTests
{
    private const string Hostile = "a\u001b[31m\u0007\r\u007f\u009b\u202eb";
    private const string Shown = @"a\x1b[31m\x07\x0d\x7f\x9b\u202eb";

    [Fact]
    public void Text_of_others_cannot_steer_the_terminal()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false);

        terminal.Line(Hostile);
        terminal.Note(Hostile);
        terminal.Print([new(Hostile, true)], [[Hostile]]);

        Assert.Equal(Shown + "\n", error.ToString());
        Assert.StartsWith(Shown + "\n", output.ToString());
        Assert.Equal(3, output.ToString().Split(Shown).Length - 1); // the line, the heading, the cell
        Assert.DoesNotContain(output.ToString(), c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
    }

    [Fact]
    public void Lines_and_tabs_stay()
    {
        using var output = new StringWriter();
        new Terminal(output, TextWriter.Null, false, false).Line("é\t🙂\nz");

        Assert.Equal("é\t🙂\nz\n", output.ToString());
    }

    [Fact]
    public void A_JSON_document_holds_the_same_text_and_no_such_character()
    {
        using var output = new StringWriter();
        new Terminal(output, TextWriter.Null, false, false).WriteJson(new { Text = Hostile });

        Assert.Equal(Hostile, JsonDocument.Parse(output.ToString()).RootElement.GetProperty("text").GetString());
        Assert.DoesNotContain(output.ToString(), c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("version")]
    [InlineData("sweep plan f.yaml --json")]
    public async Task An_output_that_cannot_be_written_is_one_message_and_1(string line)
    {
        using var cli = new CliHarness();
        using var error = new StringWriter();
        using var full = new FullDisk();

        var exitCode = await Root.Run(line.Split(' '), cli.Services(full, error), TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Equal("error: the output cannot be written: No space left on device\n", string.Concat(error.ToString().Split('\n').Where(said => said.StartsWith("error")).Select(said => said + "\n")));
        Assert.DoesNotContain("   at ", error.ToString());
    }

    [Fact]
    public async Task Where_nothing_can_be_said_the_exit_code_still_says_it()
    {
        using var cli = new CliHarness();
        using var full = new FullDisk();

        Assert.Equal(ExitCode.Failed, await Root.Run(["version"], cli.Services(full, full), TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Failed, await Root.Run(["swep"], cli.Services(full, full), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_has_read_enough_hears_of_no_error()
    {
        using var cli = new CliHarness();
        using var error = new StringWriter();
        using var head = new FullDisk("Broken pipe", 32);

        Assert.Equal(ExitCode.Failed, await Root.Run(["--help"], cli.Services(head, error), TestContext.Current.CancellationToken));
        Assert.Equal("", error.ToString());
    }

    private sealed class FullDisk(string why = "No space left on device", int number = 28) : StringWriter
    {
        public override void Write(string? value) => throw new IOException(why, number);
    }
}
