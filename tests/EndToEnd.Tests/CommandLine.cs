using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>How a process ended and what it said.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output) ?? throw new InvalidOperationException($"stdout holds no document: {this}");
}

/// <summary>One process of the built program, in a folder of the test's. Killed where the test ends before it.</summary>
internal sealed class CommandLine : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(150);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CommandLine(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Note(_output, line.Data, _firstLine);
        process.ErrorDataReceived += (_, line) => Note(_error, line.Data, null);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>First line on stdout.</summary>
    public Task<string> FirstLine => _firstLine.Task.WaitAsync(Bound);

    public bool HasExited => _process.HasExited;

    /// <summary>What it said on stderr so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    public static CommandLine Start(string folder, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [BuiltProgram.Path, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ORCHESTRATOR_", StringComparison.Ordinal) || k.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }
        start.Environment["Logging__LogLevel__Orchestrator"] = "Information"; // on stderr: who continued what from where
        return new CommandLine(Process.Start(start)!);
    }

    /// <summary>Runs one command to its end.</summary>
    public static async Task<Outcome> Run(string folder, params IReadOnlyList<string> arguments)
    {
        await using var command = Start(folder, arguments);
        return await command.End();
    }

    /// <summary>Runs one command to its end; its document. Fails where the exit code is another.</summary>
    public static async Task<JsonNode> Json(string folder, int exitCode, params IReadOnlyList<string> arguments)
    {
        var outcome = await Run(folder, [.. arguments, "--json"]);
        Assert.True(outcome.ExitCode == exitCode, $"exit code {outcome.ExitCode} of {string.Join(' ', arguments)}: {outcome.Error}");
        return outcome.Json;
    }

    public async Task<Outcome> End()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Bound);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"it did not end within {Bound.TotalSeconds} s; stderr: {Error}");
        }
        return new Outcome(_process.ExitCode, _output.ToString(), Error);
    }

    /// <summary>kill -SIGNAL, of this process alone.</summary>
    public async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    private static void Note(StringBuilder text, string? line, TaskCompletionSource<string>? first)
    {
        if (line is null)
        {
            return;
        }
        lock (text)
        {
            text.AppendLine(line);
        }
        first?.TrySetResult(line);
    }
}
