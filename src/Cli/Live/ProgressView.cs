using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Live;

/// <summary>Shows how far a sweep is.</summary>
internal interface IProgressView : IAsyncDisposable
{
    /// <summary>Shows the newest state.</summary>
    void Show(SweepProgress progress);

    /// <summary>Says something beside it.</summary>
    void Say(string text);
}

/// <summary>The view that fits the terminal.</summary>
internal static class ProgressView
{
    public static IProgressView Open(Terminal terminal, TimeProvider clock) =>
        terminal.IsLive ? new LiveProgressView(terminal.ErrorConsole) : new PlainProgressView(terminal, clock);
}
