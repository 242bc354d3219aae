using System.Diagnostics;
using System.Globalization;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Launching;

/// <summary>The built executable as a process of its own: signals, streams, exit codes.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_while_watching_ends_the_process_with_130(string signal)
    {
        var watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await new FakeControlPlane { LooksToEnd = int.MaxValue, Looked = _ => watched.TrySetResult() }.Start();
        using var process = Start("sweep", "watch", "last", "--server", server.Address.ToString());
        await watched.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        using (var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        var outcome = await End(process);
        Assert.Equal((130, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("the sweep goes on", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_document_alone_goes_to_stdout_and_progress_to_stderr()
    {
        await using var server = await new FakeControlPlane().Start();
        using var process = Start("sweep", "watch", "last", "--json", "--server", server.Address.ToString());
        var outcome = await End(process);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("completed", (string?)outcome.Json["sweep"]!["state"]);
        Assert.Contains("running: 1200/3000 steps", outcome.Error, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "orchestrator.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private static async Task<Outcome> End(Process process)
    {
        using var limit = new CancellationTokenSource(Bound);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new(process.ExitCode, await output, await error);
    }
}
