using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Orchestrator.TestServices;

/// <summary>How a process ended and what it said.</summary>
public sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The one document on stdout.</summary>
    public JsonNode Json => JsonNode.Parse(Output) ?? throw new InvalidOperationException($"stdout holds no document: {this}");
}

/// <summary>One process of the built program, in a folder of the test's. Killed where the test ends before it.</summary>
public sealed class CommandLine : IAsyncDisposable
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

    /// <summary>Whether it has ended.</summary>
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

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts one command in a folder, without this process's own settings.</summary>
    public static CommandLine Start(string folder, params IReadOnlyList<string> arguments) => Start(folder, new Dictionary<string, string>(), arguments);

    /// <summary>The same with settings in its environment.</summary>
    public static CommandLine Start(string folder, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments) => StartBy([], folder, environment, arguments);

    /// <summary>The same by another program, which becomes the command: its name and its arguments.</summary>
    public static CommandLine StartBy(IReadOnlyList<string> launcher, string folder, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(launcher);
        ArgumentNullException.ThrowIfNull(environment);
        string[] command = [.. launcher, "dotnet", BuiltProgram.Path, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
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
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
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
        return outcome.ExitCode == exitCode
            ? outcome.Json
            : throw new InvalidOperationException($"exit code {outcome.ExitCode} of {string.Join(' ', arguments)}: {outcome.Error}");
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Outcome> End()
    {
        using var limit = new CancellationTokenSource(Bound);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"it did not end within {Bound.TotalSeconds} s; stderr: {Error}");
        }
        return new Outcome(_process.ExitCode, _output.ToString(), Error);
    }

    /// <summary>kill -SIGNAL, of this process alone.</summary>
    public async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"kill -{signal} ended with {kill.ExitCode}: the process is gone");
        }
    }

    /// <summary>Kills it if it has not ended.</summary>
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
