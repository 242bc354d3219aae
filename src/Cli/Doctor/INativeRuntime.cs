namespace Orchestrator.Cli.Doctor;

/// <summary>Loads the tensor library and tells what it found.</summary>
internal interface INativeRuntime
{
    /// <summary>One line about the library (version, threads, devices). Throws with a message that names the file and the fix if it does not load.</summary>
    string Describe();

    /// <summary>Every device that the library sees.</summary>
    IReadOnlyList<string> Devices();

    /// <summary>Multiplies two matrices on a device and returns how long that took. Throws if it cannot, or if the product is wrong.</summary>
    TimeSpan Multiply(string device);
}
