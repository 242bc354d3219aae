namespace Orchestrator.Gpu.Check;

/// <summary>What a check came to.</summary>
internal enum Verdict
{
    Pass,
    Fail,
    Skip,
}

/// <summary>A line of the closing table.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Verdict">What it came to; a check without a target passes when it has a number.</param>
/// <param name="Number">The number, with its unit.</param>
/// <param name="Target">What it was to reach, or why it was skipped or failed.</param>
internal sealed record Row(string Name, Verdict Verdict, string Number, string Target);
