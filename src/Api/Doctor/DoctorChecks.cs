namespace PortraitGen.Api.Doctor;

/// <summary>Looks at everything that a run needs, and says of each failure its cause and its cure. Changes nothing.</summary>
public static class DoctorChecks
{
    /// <summary>No single check may take longer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <returns>In the order in which a reader should mend things: the machine first, then the servers, then the model.</returns>
    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(DoctorSettings settings, CancellationToken cancel)
    {
        var findings = new List<DoctorFinding>
        {
            MachineChecks.Runtime(), MachineChecks.Cpu(), MachineChecks.InstructionSet(), MachineChecks.Memory(), MachineChecks.Disk(settings.DataFolder),
            NativeChecks.Tensors(), NativeChecks.Arithmetic(), NativeChecks.Cuda(), NativeChecks.Imaging(),
        };
        if (settings.ModelFolder is { Length: > 0 } model) findings.Add(ModelChecks.Folder(model));
        foreach (int port in settings.Ports ?? []) findings.Add(ServerChecks.Port(port));
        if (settings.Postgres is { Length: > 0 } postgres) findings.Add(await BoundedAsync("PostgreSQL", c => ServerChecks.PostgresAsync(postgres, c), cancel));
        if (settings.RabbitMq is { Length: > 0 } rabbit) findings.Add(await BoundedAsync("RabbitMQ", c => ServerChecks.RabbitMqAsync(rabbit, c), cancel));
        if (settings.S3 is { Length: > 0 } s3) findings.Add(await BoundedAsync("S3", c => ServerChecks.S3Async(s3, c), cancel));
        return findings;
    }

    private static async Task<DoctorFinding> BoundedAsync(string name, Func<CancellationToken, Task<DoctorFinding>> check, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        try
        {
            return await check(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(name, DoctorLevel.Fail, $"no answer within {Limit.TotalSeconds:F0} s", "Check the address, and that no firewall swallows the packets.");
        }
    }
}
