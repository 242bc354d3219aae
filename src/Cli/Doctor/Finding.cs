namespace Orchestrator.Cli.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum Severity
{
    Ok,
    Warning,
    Problem,
}

/// <summary>What one check found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">What to do about it; null if there is nothing to do.</param>
internal sealed record Finding(string Check, Severity Status, string Detail, string? Fix)
{
    public static Finding Ok(string check, string detail) => new(check, Severity.Ok, detail, null);

    public static Finding Warning(string check, string detail, string fix) => new(check, Severity.Warning, detail, fix);

    public static Finding Problem(string check, string detail, string fix) => new(check, Severity.Problem, detail, fix);
}

/// <summary>Everything that <c>doctor</c> found.</summary>
/// <param name="Ok">Whether there is no problem; warnings are none.</param>
/// <param name="Checks">One per check.</param>
internal sealed record Diagnosis(bool Ok, IReadOnlyList<Finding> Checks)
{
    public Diagnosis(IReadOnlyList<Finding> checks) : this(checks.All(finding => finding.Status != Severity.Problem), checks) { }

    public int ExitCode => Ok ? CommandLine.ExitCode.Done : CommandLine.ExitCode.Failed;
}
