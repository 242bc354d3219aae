using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus;

/// <summary>Calls about runs that one worker process made at about the same time, in one message. The control plane does them side by side.</summary>
public sealed record CallsMessage(IReadOnlyList<Call> Calls);

/// <summary>One call: exactly one member is set.</summary>
public sealed record Call
{
    /// <summary>A claim.</summary>
    public ClaimPack? Claim { get; init; }
    /// <summary>What became of a run.</summary>
    public RunReport? Report { get; init; }
}

/// <summary>The answers, in the order of the calls.</summary>
public sealed record AnswersMessage(IReadOnlyList<Answer> Answers);

/// <summary>One answer: exactly one member is set.</summary>
public sealed record Answer
{
    /// <summary>To a claim.</summary>
    public ClaimReply? Claim { get; init; }
    /// <summary>To a report.</summary>
    public ReportReply? Report { get; init; }
    /// <summary>Why the control plane could not answer; the call may be made again.</summary>
    public string? Fault { get; init; }
}
