namespace Orchestrator.Cli.Doctor;

/// <summary>Loads the tensor library and tells what it found.</summary>
internal interface INativeRuntime
{
    /// <summary>One line about the library (version, threads, devices). Throws with a message that names the file and the fix where it does not load.</summary>
    string Describe();
}
